import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { readingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Check that the history is what was recorded, and name the first run that is not.",
  details:
    "Each run carries a hash of all that is recorded of it and of the run before. Ends with 1 when one does not fit.",
  example: "sloth-runner stack verify my-infrastructure",
  args: { NAME: operand("Name of the stack.", { completes: "stack" }), db: shared.db(), output: shared.output() },

  run({ NAME: name, db, output }, { stdout }) {
    return readingStack(name, db, async (stack) => {
      const fault = await stack.verify();
      await show({ stdout, output }, { stack: name, ok: fault === null, fault }, () => {
        if (fault === null) return `${name}: every run is as it was recorded\n`;
        return `${fault.run === null ? name : `${name}, run ${fault.run}`}: ${fault.reason}\n`;
      });
      return fault === null ? 0 : 1;
    });
  },
});
