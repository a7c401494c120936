import { SlothError } from "../../base/errors.ts";
import { command } from "../../cli/command.ts";
import { operand } from "../../cli/flags.ts";
import { scheduler } from "./_scheduler.ts";

export default command({
  summary: "Stop running something again and again; the record of it stays.",
  example: "sloth-runner schedule remove web",
  args: { NAME: operand("Name of the schedule.") },

  async run({ NAME: name }, { stdout }) {
    const schedules = scheduler();
    const removed = await schedules.remove(name);
    if (removed.length === 0) {
      const known = (await schedules.list()).map((schedule) => schedule.name).join(", ");
      throw new SlothError("E_SCHEDULE", `no schedule ${name}`, {
        hint: known === "" ? "there are none" : `there are ${known}`,
      });
    }
    stdout.write(removed.map((path) => `removed ${path}\n`).join(""));
  },
});
