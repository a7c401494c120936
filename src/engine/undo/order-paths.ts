import { parentOf } from "../../base/path.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { Step } from "./step.ts";

/**
 * The same steps in an order in which a directory is made before what goes into it, and taken away after what is in it; all else stays
 * where it is. Costs the length of the paths, however many there are.
 */
export function orderPaths(steps: readonly Step[]): readonly Step[] {
  const made = new Map<string, number>();
  const gone = new Map<string, number>();
  steps.forEach((step, at) => {
    const isMade = makes(step);
    if (isMade || step.action === "release")
      eachAbove(step, (above) => made.set(above, Math.min(made.get(above) ?? at, at)));
    if (!isMade) eachAbove(step, (above) => gone.set(above, Math.max(gone.get(above) ?? at, at)));
  });
  const placed = steps.map((step, index) => {
    const depth = isPath(step) ? step.row.name.split("/").length : 0;
    const key = keyOf(step);
    if (makes(step) && step.act?.clears?.diff.actual?.["type"] !== "directory")
      return { step, at: Math.min(index, made.get(key) ?? index), depth };
    return { step, at: Math.max(index, gone.get(key) ?? index), depth: makes(step) ? 0 : -depth };
  });
  return placed.toSorted((a, b) => a.at - b.at || a.depth - b.depth).map(({ step }) => step);
}

function makes({ action }: Step): boolean {
  return action === "create" || action === "update";
}

function isPath({ row }: Step): boolean {
  return row.kind === PATH_KIND;
}

function keyOf({ row }: Step): string {
  return `${row.host}\0${row.kind}\0${row.name}`;
}

function eachAbove(step: Step, tell: (key: string) => void): void {
  if (!isPath(step)) return;
  const { row } = step;
  for (let path = row.name; path !== "/";) {
    path = parentOf(path);
    tell(`${row.host}\0${row.kind}\0${path}`);
  }
}
