import { SlothError } from "../../base/errors.ts";
import type { Change } from "../resource.ts";
import type { AnyResource, Facts } from "../resource.ts";
import type { ResourceRow } from "../record/record.ts";
import { isSealed } from "./sealed.ts";
import type { Item } from "../target/target.ts";

/** One thing to be done on a machine: by a type, with a difference of its own. */
export interface Act {
  readonly type: AnyResource;
  readonly item: Item;
  /** What is there of another kind, and goes before. */
  readonly clears?: Item | undefined;
}

/**
 * One step of what `drift --fix`, `rollback`, `destroy` and `--prune` do: shown first, then carried out and recorded as one change. A step
 * with neither `act` nor `cannot` only changes the record.
 */
export interface Step {
  readonly row: ResourceRow;
  /** The Lua name under which a workflow declares it: whom the change is owed to. */
  readonly type: string;
  readonly action: "create" | "update" | "delete" | "release";
  readonly changes: readonly Change[];
  readonly act?: Act | undefined;
  /** Why it cannot be done, in the user's words. */
  readonly cannot?: string | undefined;
  /** What is worth knowing of it beside the change: why something is released. */
  readonly note?: string | undefined;
  /** It has no row: nobody declared it, a change touched it on the way. */
  readonly trace?: true | undefined;
  /** A sensitive call touched it, which of what has no row nothing else tells. */
  readonly sealed?: boolean | undefined;
  /** What is let go of is there and stays there. */
  readonly remains?: true | undefined;
  /** What cannot be had again with it, in the user's words: it is done, and that is told as a failure. */
  readonly lacks?: string | undefined;
  /** Once it is done nothing of it is left to undo. */
  readonly undone?: true | undefined;
  /** Other resources that are other by it, parts of one file: the change is owed to whoever declares them too. */
  readonly along?: readonly ResourceRow[] | undefined;
  /** There is nothing to do as it looks now: it is not told, and looked at again when its turn comes. */
  readonly idle?: true | undefined;
  /** The same looked at again, once the steps before it are done: one may have brought back what this one is about. */
  readonly renew?: (() => Promise<Step>) | undefined;
  /** The row once it is done, given the facts found then. */
  becomes(after: Facts | null): ResourceRow;
}

/** Nothing but digests is recorded of it, and nothing of what is found is kept. */
export function isSealedStep({ row, sealed }: Pick<Step, "row" | "sealed">): boolean {
  return sealed === true || isSealed(row);
}

export function cannot(row: ResourceRow, why: string, action: Step["action"] = "update"): Step {
  return { row, type: row.module, action, changes: [], cannot: why, becomes: () => row };
}

/** What cannot be looked at cannot be put back either; all else can. */
export async function planned(row: ResourceRow, plan: () => Promise<Step | undefined>): Promise<Step> {
  const renew = (): Promise<Step> => planned(row, plan);
  try {
    return { ...((await plan()) ?? idle(row)), renew };
  } catch (thrown) {
    if (!(thrown instanceof SlothError)) throw thrown;
    return { ...cannot(row, thrown.toString()), renew };
  }
}

function idle(row: ResourceRow): Step {
  return { row, type: row.module, action: "release", changes: [], idle: true, becomes: () => row };
}
