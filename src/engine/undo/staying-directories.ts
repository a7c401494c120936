import { parentOf } from "../../base/path.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { Step } from "./step.ts";

/**
 * A directory in which something stays is not removed, and the plan says so. What is let go of keeps all that is above it for good; what is
 * refused until it is undone, so that the record still knows them.
 */
export function stayingDirectories(steps: readonly Step[]): readonly Step[] {
  const lasting = directoriesOf(steps.filter(({ cannot, remains }) => cannot === undefined && remains === true));
  const waiting = directoriesOf(steps.filter(({ cannot }) => cannot !== undefined));
  return steps.map((step) => {
    const { row, act } = step;
    const key = `${row.host}\0${row.name}`;
    const isRemoved = act?.item.remove === true && act.item.diff.actual?.["type"] === "directory";
    if (!isRemoved || !(lasting.has(key) || waiting.has(key))) return step;
    if (waiting.has(key)) return waits(step);
    const { act: _act, renew: _renew, ...rest } = step;
    return { ...rest, action: "release", changes: [], note: STAYS };
  });
}

/** For now, and in the record as it is. */
export function waits({ act: _act, undone: _undone, ...step }: Step): Step {
  return { ...step, action: "release", changes: [], note: STAYS, becomes: () => step.row };
}

const STAYS = "is not empty, so it stays";

function directoriesOf(steps: readonly Step[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { row } of steps) if (row.kind === PATH_KIND) addAbove(found, row);
  return found;
}

/** All directories above a path, each behind its host. */
export function addAbove(found: Set<string>, { host, name }: { readonly host: string; readonly name: string }): void {
  for (let path = name; path !== "/" && !found.has(`${host}\0${parentOf(path)}`);) {
    path = parentOf(path);
    found.add(`${host}\0${path}`);
  }
}
