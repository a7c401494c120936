import { destroySteps } from "../engine/undo/destroy.ts";
import type { UndoRequest } from "./undo.ts";

/** Everything the stack made is removed, what it replaced put back, the rest let go of. */
export function planDestroy(name: string, force: boolean): UndoRequest["plan"] {
  return async (stack, _store, { looking }) => {
    const steps = await destroySteps(await stack.resources(), { ...(await stack.undoing()), looking, force });
    const count = steps.filter(({ act }) => act !== undefined).length;
    const question = `Undo ${count} ${count === 1 ? "resource" : "resources"} of ${name}?`;
    return { steps, question, owed: false };
  };
}
