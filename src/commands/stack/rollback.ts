import { rollbackSteps } from "../../engine/undo/rollback.ts";
import { SlothError, UsageError } from "../../base/errors.ts";
import { command } from "../../cli/command.ts";
import { integer, operand } from "../../cli/flags.ts";
import { undo, undoFlags } from "./_undo.ts";

export default command({
  summary: "Put everything a stack keeps back to how it was at the end of a run.",
  details:
    "From the record alone: files, directories and links, lines by the contents of their file, units, users, groups, and versions of packages as far as they can be had. What cannot be put back is said; what commands did is not undone.",
  example:
    "sloth-runner stack history my-infrastructure\nsloth-runner stack rollback my-infrastructure --to 12 --dry-run",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    to: integer("Number of the run, as stack history lists it.", "RUN", 1),
    ...undoFlags,
  },

  run(values, context) {
    const { NAME: name, to } = values;
    if (to === undefined) throw new UsageError("--to is missing", { hint: `stack history ${name} lists the runs` });
    return undo(
      {
        name,
        command: `stack rollback --to ${to}`,
        values,
        async plan(stack, _store, { looking }) {
          const run = stack.runs(Number.MAX_SAFE_INTEGER).find(({ number }) => number === to);
          if (run === undefined)
            throw new SlothError("E_RUN_UNKNOWN", `${name} has no run ${to}`, {
              hint: `stack history ${name} lists the runs there are`,
            });
          const { addresses, actionsSince } = stack.moments(to);
          const endedAt = run.endedAt ?? run.startedAt;
          const options = { ...stack.undoing(), looking, rows: stack.record.rows(), endedAt };
          const plan = await rollbackSteps(addresses, options);
          return {
            ...plan,
            notices: actionsSince === 0 ? [] : [told(actionsSince)],
            question: `Put ${name} back to run ${to}?`,
            owed: true,
          };
        },
      },
      context,
    );
  },
});

function told(count: number): string {
  const [commands, were] = count === 1 ? ["command", "was"] : ["commands", "were"];
  return `${count} ${commands} ${were} run since; what that did is not undone`;
}
