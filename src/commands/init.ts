import { join } from "node:path";
import { printable } from "../base/printable.ts";
import { command } from "../cli/command.ts";
import { optionalOperand } from "../cli/flags.ts";
import { table } from "../report/table.ts";

export default command({
  summary: "Begin: a first workflow for what this machine is, with settings, hosts and a test.",
  details: "Nothing that is there is overwritten, and nothing is done to the machine.",
  example: "sloth-runner init\nsloth-runner init my-servers",
  args: { DIR: optionalOperand("Where; this directory when not given.", "directory") },

  async run({ DIR: given = "." }, { stdout }) {
    const { beginProject } = await import("../run/init.ts");
    const { writeEditorFiles } = await import("../reference/editor.ts");
    const written = await beginProject(given);
    const { settings } = await writeEditorFiles(given);
    const rows = written.map(({ file, isNew }) =>
      isNew
        ? ["wrote", join(given, file.path), file.purpose]
        : ["kept", join(given, file.path), "it is there already, and was left alone"],
    );
    stdout.write(table(["", "FILE", "WHAT FOR"], rows, stdout.columns));
    stdout.write(`editors: ${printable(settings)}\n\n${next(given)}`);
  },
});

function next(directory: string): string {
  const go = directory === "." ? "" : `  cd ${printable(directory)}\n`;
  return `Next:\n${go}  sloth-runner plan --values values.yaml    what would be done
  sloth-runner run --values values.yaml     does it
  sh test.sh                                tries it elsewhere, twice
`;
}
