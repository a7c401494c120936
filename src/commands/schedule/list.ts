import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { table } from "../../report/table.ts";
import { snakeCase } from "../../report/documents/snake-case.ts";
import { scheduler } from "./_scheduler.ts";

export default command({
  summary: "List what is run again and again on this machine.",
  example: "sloth-runner schedule list",
  args: { output: shared.output() },

  async run({ output }, { stdout }) {
    const schedules = await scheduler().list();
    await show({ stdout, output }, { schedules: schedules.map(snakeCase) }, (_, columns) => {
      if (schedules.length === 0) return "no schedules\n";
      const rows = schedules.map(({ name, every, driftOnly, stack, file, by, state }) => [
        name,
        every,
        driftOnly ? "drift" : "run",
        stack,
        file,
        by,
        state,
      ]);
      return table(["NAME", "EVERY", "DOES", "STACK", "FILE", "BY", "LAST"], rows, columns);
    });
  },
});
