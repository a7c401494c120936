import { planDestroy } from "../../run/plan-destroy.ts";
import { command } from "../../cli/command.ts";
import { flag, operand } from "../../cli/flags.ts";
import { tellUndo, undoFlags } from "./_tell-undo.ts";

export default command({
  summary: "Remove what a stack made, put back what it replaced, and let go of the rest.",
  details:
    "In reverse order. What was there before stays, as does what another stack in the same database keeps too; a directory is removed only when it is empty, a package only when nothing else would go with it, a home never. The record stays: stack delete removes that.",
  example: "sloth-runner stack destroy my-infrastructure --dry-run",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    force: flag("Undo even what changed since it was written."),
    ...undoFlags,
  },

  run(values, context) {
    const { NAME: name, force } = values;
    return tellUndo(
      {
        name,
        command: "stack destroy",
        values,
        plan: planDestroy(name, force),
      },
      context,
    );
  },
});
