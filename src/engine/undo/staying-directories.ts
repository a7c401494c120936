import { parentOf } from "../../base/path.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { Step } from "./step.ts";

/** A directory in which something stays is not removed, and the plan says so: what is refused or let go of keeps all that is above it. */
export function stayingDirectories(steps: readonly Step[]): readonly Step[] {
  const keeps = new Set<string>();
  for (const { row, cannot, remains } of steps) {
    if (row.kind !== PATH_KIND || (cannot === undefined && remains !== true)) continue;
    for (let path = row.name; path !== "/" && !keeps.has(`${row.host}\0${parentOf(path)}`);) {
      path = parentOf(path);
      keeps.add(`${row.host}\0${path}`);
    }
  }
  return steps.map((step) => {
    const { row, act } = step;
    const isRemoved = act?.item.remove === true && act.item.diff.actual?.["type"] === "directory";
    if (!isRemoved || !keeps.has(`${row.host}\0${row.name}`)) return step;
    const { act: _act, ...rest } = step;
    return { ...rest, action: "release", changes: [], note: "is not empty, so it stays" };
  });
}
