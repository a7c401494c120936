import type { Diff } from "../../engine/resource.ts";
import { diffStated } from "../../engine/call/diff.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { desiredOwnership, readFacts, setOwnership, type FileFacts, type Ownership } from "../_files/file.ts";

/** How many things below `top` have another mode, owner or group than asked. */
export async function countDiffering(top: string, want: Ownership, target: ReadSystem): Promise<number> {
  let count = 0;
  for await (const path of below(top, target)) if (differenceAt(path, want, target) !== undefined) count++;
  return count;
}

/** Gives all below `top` the mode, owner and group asked. */
export async function setBelow(top: string, want: Ownership, target: System): Promise<void> {
  for await (const path of below(top, target)) {
    const diff = differenceAt(path, want, target);
    if (diff !== undefined) setOwnership(target, path, diff);
  }
}

/** A link's own owner and group count, what it leads to does not: recursion never leaves the tree. */
function differenceAt(path: string, want: Ownership, target: ReadSystem): Diff<FileFacts> | undefined {
  const actual = readFacts(target, path);
  if (actual === null) return undefined;
  const { mode, ...accounts } = want;
  const asked = actual.type === "link" || mode === undefined ? accounts : want;
  const diff = diffStated(actual, desiredOwnership(asked, actual, target, { path, type: "file" }));
  return diff.changes.length === 0 ? undefined : diff;
}

const TURN_AFTER = 500;

/** Every path below, parents first, never through a link; the event loop gets its turn. */
async function* below(top: string, target: ReadSystem): AsyncGenerator<string> {
  const waiting = [top];
  let count = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const name of target.list(directory)) {
      const path = `${directory === "/" ? "" : directory}/${name}`;
      yield path;
      if (target.lstat(path)?.type === "directory") waiting.push(path);
      if (++count % TURN_AFTER !== 0) continue;
      target.signal.throwIfAborted();
      await new Promise(setImmediate);
    }
  }
}
