import { SlothError } from "../base/errors.ts";
import { rollbackSteps } from "../engine/undo/rollback.ts";
import { untouchedBy, type UndoRequest } from "./undo.ts";

/** Everything the stack keeps is put back to how it was at the end of that run. */
export function planRollback(name: string, to: number): UndoRequest["plan"] {
  return async (stack, _store, { looking }) => {
    const run = (await stack.runs(Number.MAX_SAFE_INTEGER)).find(({ number }) => number === to);
    if (run === undefined)
      throw new SlothError("E_RUN_UNKNOWN", `${name} has no run ${to}`, {
        hint: `stack history ${name} lists the runs there are`,
      });
    const { addresses, actionsSince } = await stack.moments(to);
    const endedAt = run.endedAt ?? run.startedAt;
    const rows = await stack.resources();
    const plan = await rollbackSteps(addresses, { ...(await stack.undoing()), looking, rows, endedAt });
    const untouched = untouchedBy(plan.steps, rows);
    const notices = actionsSince === 0 ? [] : [told(actionsSince)];
    return { ...plan, untouched, notices, question: `Put ${name} back to run ${to}?`, owed: true };
  };
}

function told(count: number): string {
  const [commands, were] = count === 1 ? ["command", "was"] : ["commands", "were"];
  return `${count} ${commands} ${were} run since; what that did is not undone`;
}
