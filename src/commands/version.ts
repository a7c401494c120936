import { build } from "../base/build.ts";
import { command } from "../cli/command.ts";
import { flag, shared } from "../cli/flags.ts";
import { show } from "../report/show.ts";

export default command({
  summary: "Show the version of this program and of what is inside it.",
  example: "sloth-runner version --output json",
  args: {
    output: shared.output(),
    licenses: flag("Print the licences of everything inside this program."),
  },

  async run(values, { stdout }) {
    if (values.licenses) return stdout.write((await import("../../LICENSES.txt", { with: { type: "text" } })).default);
    const document = { ...build, bun: Bun.version, lua: LUA, sqlite: process.versions["sqlite"] };
    return await show({ stdout, output: values.output }, document, ({ version }) => `sloth-runner ${version}\n`);
  },
});

/** Of the Lua inside wasmoon; a test asks it. */
const LUA = "5.4";
