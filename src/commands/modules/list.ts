import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { table } from "../../report/table.ts";

export default command({
  summary: "List the modules a workflow can use.",
  example: "sloth-runner modules list",
  args: { output: shared.output() },

  async run({ output }, { stdout }) {
    const { allModules } = await import("../../reference/modules.ts");
    const modules = allModules();
    const document = modules.map(({ name, summary }) => ({ name, summary }));
    await show({ stdout, output }, document, (_, columns) => {
      const rows = modules.map(({ name, summary, functions }) => [name, functions.length, summary]);
      return table(["MODULE", "FUNCTIONS", "WHAT IT IS FOR"], rows, columns);
    });
  },
});
