import type { Result } from "./report.ts";

/** How much slower than recorded is still called the same: machines differ, and so do their disks and neighbours. */
export const TOLERANCE = 1.4;

/** What is guarded: CPU time as a multiple of a bare Bun process's at the same work in the same run. */
const GUARDED = [
  { group: "start", tool: "sloth-runner version", against: "hello, compiled" },
  { group: "start", tool: "sloth-runner state get", against: "hello, compiled" },
  { group: "start", tool: "sloth-runner run, nothing in it", against: "bare Bun with Lua" },
  { group: "300 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
  { group: "1000 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
  { group: "10000 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
] as const;

export type Ratios = { readonly [what: string]: number };

/** The ratios that were measured; least CPU times, because noise only ever adds. */
export function ratiosOf(results: readonly Result[]): Ratios {
  const least = (group: string, tool: string): number | undefined =>
    results.find((one) => one.group === group && one.tool === tool)?.cost.leastCpuMs;
  const known = GUARDED.flatMap(({ group, tool, against }) => {
    const [ours, bare] = [least(group, tool), least(group, against)];
    return ours === undefined || bare === undefined ? [] : [[`${group}: ${tool}`, round(ours / bare)] as const];
  });
  return Object.fromEntries(known);
}

/** What became slower than the tolerance allows, one line each. */
export function slower(now: Ratios, recorded: Ratios): readonly string[] {
  return Object.entries(now).flatMap(([what, ratio]) => {
    const before = recorded[what];
    if (before === undefined || ratio <= before * TOLERANCE) return [];
    return [`${what}: ${ratio} times a bare Bun process, recorded are ${before}`];
  });
}

function round(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}
