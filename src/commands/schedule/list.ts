import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { snakeCase } from "../../cli/plain.ts";
import { scheduler } from "./_scheduler.ts";

export default command({
  summary: "List what is run again and again on this machine.",
  example: "sloth-runner schedule list",
  args: { output: shared.output() },

  async run({ output }, { stdout }) {
    const schedules = await scheduler().list();
    if (output === "json") return printDocument(stdout, { schedules: schedules.map(snakeCase) });
    if (schedules.length === 0) return stdout.write("no schedules\n");
    const rows = schedules.map(({ name, every, driftOnly, stack, file, by, state }) => [
      name,
      every,
      driftOnly ? "drift" : "run",
      stack,
      file,
      by,
      state,
    ]);
    return printTable(stdout, ["NAME", "EVERY", "DOES", "STACK", "FILE", "BY", "LAST"], rows);
  },
});
