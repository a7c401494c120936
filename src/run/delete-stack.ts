import type { Around } from "./around.ts";
import { confirm } from "./confirm.ts";
import { holdingStack, readingStack } from "./with-stack.ts";
import type { Stack } from "../store/contract.ts";

export interface DeleteRequest {
  readonly name: string;
  readonly database: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly lockTimeoutMs: number | undefined;
}

/** What goes with a stack's record. */
export interface Recorded {
  readonly resources: number;
  /** The newest run's number; null: there was none. */
  readonly lastRun: number | null;
  readonly isEmpty: boolean;
}

/**
 * Deletes a stack's record, after saying what is in it and asking; one with nothing in it is not asked about. Answers where the export of it
 * is, null when it was not deleted.
 */
export async function deleteStack(
  { name, database, dryRun, yes, lockTimeoutMs }: DeleteRequest,
  around: Pick<Around, "line" | "ask"> & { readonly foretell: (recorded: Recorded) => void },
): Promise<string | null> {
  const recorded = await readingStack(name, database, recordedOf);
  if (dryRun || !recorded.isEmpty) around.foretell(recorded);
  if (dryRun) return null;
  if (!recorded.isEmpty && !(await confirm(around, `Delete the record of ${name}?`, yes))) return null;
  return await holdingStack({ name, db: database, lockTimeoutMs }, around, (stack, store) => store.delete(stack));
}

async function recordedOf(stack: Stack): Promise<Recorded> {
  const [states, runs] = [await stack.states(), await stack.runs(1)];
  const resources = [...states].reduce((sum, [state, count]) => (state === "removed" ? sum : sum + count), 0);
  const lastRun = runs[0]?.number ?? null;
  const values = (await stack.outputs()).size + (await stack.config()).size;
  return { resources, lastRun, isEmpty: states.size === 0 && lastRun === null && values === 0 };
}
