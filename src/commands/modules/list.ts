import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";

export default command({
  summary: "List the modules a workflow can use.",
  example: "sloth-runner modules list",
  args: { output: shared.output() },

  async run({ output }, { stdout }) {
    const { allModules } = await import("./_reference.ts");
    if (output === "json")
      return printDocument(
        stdout,
        allModules().map(({ name, summary }) => ({ name, summary })),
      );
    const rows = allModules().map(({ name, summary, functions }) => [name, functions.length, summary]);
    return printTable(stdout, ["MODULE", "FUNCTIONS", "WHAT IT IS FOR"], rows);
  },
});
