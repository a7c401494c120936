import type { Stack } from "../../store/contract.ts";
import { runLine } from "./run.ts";

export type StackLine = Awaited<ReturnType<typeof stackLine>>;
export type StackDocument = Awaited<ReturnType<typeof stackDocument>>;

/** A stack as the list of all shows it. */
export async function stackLine(stack: Stack) {
  const [states, runs] = [await stack.states(), await stack.runs(1)];
  return {
    ...(await nameplate(stack)),
    resources: [...states].reduce((sum, [state, count]) => (state === "removed" ? sum : sum + count), 0),
    drifted: states.get("drift") ?? 0,
    last_run: runs[0]?.number ?? null,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
  };
}

/** A stack as it is now. */
export async function stackDocument(stack: Stack) {
  const [run] = await stack.runs(1);
  return {
    ...(await nameplate(stack)),
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
    resources: Object.fromEntries(await stack.states()),
    unsettled: (await stack.unsettled()).length,
    locked_by: await stack.lockedBy(),
    last_run: run === undefined ? null : runLine(run),
    outputs: Object.fromEntries(await stack.outputs()),
  };
}

async function nameplate(stack: Stack) {
  return { name: stack.name, id: stack.id, status: await stack.status(), version: stack.version };
}
