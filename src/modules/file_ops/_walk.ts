import { type FileFacts, factsAt } from "../../engine/call/path-facts.ts";
import { diffStated } from "../../engine/call/diff.ts";
import type { Diff } from "../../engine/resource.ts";
import type { Look, Place, ReadSystem, System } from "../../system/system.ts";
import { accountId, desiredOwnership, setOwnership, type Ownership } from "../_files/file.ts";

/** How many things below `top` have another mode, owner or group than asked. */
export async function countDiffering(top: Look, want: Ownership, target: ReadSystem): Promise<number> {
  let count = 0;
  for await (const found of below(top, turns(target))) if (differenceAt(found, want, target) !== undefined) count++;
  return count;
}

/** Gives all below `top` the mode, owner and group asked. */
export async function setBelow(top: Place, want: Ownership, target: System): Promise<void> {
  for await (const place of below(top, turns(target))) {
    const diff = differenceAt(place, want, target);
    if (diff !== undefined) setOwnership(place, diff, target);
  }
}

/** A link's own owner and group count, what it leads to does not: recursion never leaves the tree. */
function differenceAt(found: Look, want: Ownership, target: ReadSystem): Diff<FileFacts> | undefined {
  const actual = factsAt(target, found);
  if (actual === null) return undefined;
  const asked = actual.type === "link" ? forLink(want, target) : want;
  const diff = diffStated(actual, desiredOwnership(asked, actual, target, { path: found.path, type: "file" }));
  return diff.changes.length === 0 ? undefined : diff;
}

/** Links are given to others and never taken over: one that somebody made would then pass for ours, and be trusted. */
function forLink({ owner, group }: Ownership, target: ReadSystem): Ownership {
  const isTaken = owner !== undefined && [0, target.euid].includes(accountId("user", owner, target));
  return { ...(owner !== undefined && !isTaken && { owner }), ...(group !== undefined && { group }) };
}

interface Tree<T extends Look> extends Look {
  below(name: string): T;
}

/** Everything below, parents first, never through a link, each held in the directory it was found in. */
async function* below<T extends Tree<T>>(top: Tree<T>, turn: () => Promise<void> | undefined): AsyncGenerator<T> {
  for (const name of top.list()) {
    using found = top.below(name);
    if (found.stat === null) continue;
    yield found;
    await turn();
    if (found.stat.type === "directory") yield* below(found, turn);
  }
}

const TURN_AFTER = 500;

/** Gives the event loop its turn now and then. */
function turns({ signal }: ReadSystem): () => Promise<void> | undefined {
  let count = 0;
  return () => {
    if (++count % TURN_AFTER !== 0) return undefined;
    signal.throwIfAborted();
    return new Promise(setImmediate);
  };
}
