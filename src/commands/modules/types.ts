import { join, resolve } from "node:path";
import { SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { optionalOperand } from "../../cli/flags.ts";

const DEFAULT_DIRECTORY = ".sloth-runner/types";

export default command({
  summary: "Write definitions for lua-language-server, so that an editor completes and checks workflows.",
  details: `Then tell the editor where they are, in .luarc.json: {"workspace.library": ["${DEFAULT_DIRECTORY}"]}`,
  example: "sloth-runner modules types",
  args: { DIR: optionalOperand(`Directory to write to; ${DEFAULT_DIRECTORY} when not given.`, "directory") },

  async run({ DIR: given = DEFAULT_DIRECTORY }, { stdout }) {
    const { allModules } = await import("./_reference.ts");
    const { stubFiles } = await import("./_luacats.ts");
    const directory = resolve(given);
    for (const [name, text] of stubFiles(allModules())) await write(join(directory, name), text);
    stdout.write(`${printable(directory)}\n`);
  },
});

async function write(path: string, text: string): Promise<void> {
  try {
    await Bun.write(path, text);
  } catch (cause) {
    throw new SlothError("E_IO", `${printable(path)} cannot be written: ${String(cause)}`, { cause });
  }
}
