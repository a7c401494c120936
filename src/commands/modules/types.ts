import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { optionalOperand } from "../../cli/flags.ts";

export default command({
  summary: "Write definitions for lua-language-server, so that an editor completes and checks workflows.",
  details: "Also .luarc.json in this directory, by which it finds them; one that is there is left alone.",
  example: "sloth-runner modules types",
  args: { DIR: optionalOperand("Directory to write to; .sloth-runner/types when not given.", "directory") },

  async run({ DIR: given }, { stdout }) {
    const { writeEditorFiles } = await import("../../reference/editor.ts");
    const { directory, count, settings } = await writeEditorFiles(process.cwd(), given);
    stdout.write(`wrote ${count} files to ${printable(directory)}\n${printable(settings)}\n`);
  },
});
