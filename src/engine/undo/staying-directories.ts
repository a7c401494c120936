import { parentOf } from "../../base/path.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { Step } from "./step.ts";

/**
 * A directory in which something stays is not removed, and the plan says so. What is let go of keeps all that is above it for good; what is
 * refused until it is undone, so that the record still knows them.
 */
export function stayingDirectories(steps: readonly Step[]): readonly Step[] {
  const lasting = above(steps.filter(({ cannot, remains }) => cannot === undefined && remains === true));
  const waiting = above(steps.filter(({ cannot }) => cannot !== undefined));
  return steps.map((step) => {
    const { row, act } = step;
    const key = `${row.host}\0${row.name}`;
    const isRemoved = act?.item.remove === true && act.item.diff.actual?.["type"] === "directory";
    if (!isRemoved || !(lasting.has(key) || waiting.has(key))) return step;
    const { act: _act, renew: _renew, ...rest } = step;
    const stays: Step = { ...rest, action: "release", changes: [], note: "is not empty, so it stays" };
    return waiting.has(key) ? { ...stays, undone: undefined, becomes: () => row } : stays;
  });
}

/** All directories above these paths. */
function above(steps: readonly Step[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { row } of steps) {
    if (row.kind !== PATH_KIND) continue;
    for (let path = row.name; path !== "/" && !found.has(`${row.host}\0${parentOf(path)}`);) {
      path = parentOf(path);
      found.add(`${row.host}\0${path}`);
    }
  }
  return found;
}
