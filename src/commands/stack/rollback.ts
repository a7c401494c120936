import { planRollback } from "../../run/plan-rollback.ts";
import { UsageError } from "../../base/errors.ts";
import { command } from "../../cli/command.ts";
import { integer, operand } from "../../cli/flags.ts";
import { tellUndo, undoFlags } from "./_tell-undo.ts";

export default command({
  summary: "Put everything a stack keeps back to how it was at the end of a run.",
  details:
    "From the record alone: files, directories and links, lines by the contents of their file, units, users, groups, and versions of packages as far as they can be had. What cannot be put back is said; what commands did is not undone.",
  example:
    "sloth-runner stack history my-infrastructure\nsloth-runner stack rollback my-infrastructure --to 12 --dry-run",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    to: integer("Number of the run, as stack history lists it.", "RUN", 1, "run"),
    ...undoFlags,
  },

  run(values, context) {
    const { NAME: name, to } = values;
    if (to === undefined) throw new UsageError("--to is missing", { hint: `stack history ${name} lists the runs` });
    return tellUndo(
      {
        name,
        command: `stack rollback --to ${to}`,
        values,
        plan: planRollback(name, to),
      },
      context,
    );
  },
});
