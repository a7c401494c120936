import { build } from "../build.ts";
import { command } from "./_command.ts";
import { shared } from "./_flags.ts";
import { printDocument } from "./_output.ts";

export default command({
  summary: "Show the version of this program and of what is inside it.",
  example: "sloth-runner version --output json",
  args: { output: shared.output() },

  async run(values, { stdout }) {
    if (values.output === "human") return stdout.write(`sloth-runner ${build.version}\n`);
    return printDocument(stdout, { ...build, bun: Bun.version, lua: LUA, sqlite: process.versions["sqlite"] });
  },
});

/** Of the Lua inside wasmoon; a test asks it. */
const LUA = "5.4";
