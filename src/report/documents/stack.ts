import type { Stack } from "../../store/stack.ts";
import { runLine } from "./run.ts";

export type StackLine = ReturnType<typeof stackLine>;
export type StackDocument = ReturnType<typeof stackDocument>;

/** A stack as the list of all shows it. */
export function stackLine(stack: Stack) {
  const states = stack.states();
  return {
    name: stack.name,
    id: stack.id,
    status: stack.status,
    version: stack.version,
    resources: [...states].reduce((sum, [state, count]) => (state === "removed" ? sum : sum + count), 0),
    drifted: states.get("drift") ?? 0,
    last_run: stack.runs(1)[0]?.number ?? null,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
  };
}

/** A stack as it is now. */
export function stackDocument(stack: Stack) {
  const run = stack.runs(1)[0];
  return {
    name: stack.name,
    id: stack.id,
    status: stack.status,
    version: stack.version,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
    resources: Object.fromEntries(stack.states()),
    unsettled: stack.unsettled().length,
    locked_by: stack.lockedBy(),
    last_run: run === undefined ? null : runLine(run),
    outputs: Object.fromEntries(stack.record.outputs()),
  };
}
