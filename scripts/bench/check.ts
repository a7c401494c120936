import { measureByTurns } from "./measure.ts";
import { instructionsOf } from "./instructions.ts";
import type { Entry } from "./workloads/workload.ts";

/**
 * What is guarded: ours as a multiple of a bare Bun process's at the same work in the same run, so that machines of different speed
 * can be compared.
 */
const guarded = [
  { group: "start", tool: "sloth-runner version", against: "hello, compiled" },
  { group: "start", tool: "sloth-runner state get", against: "hello, compiled" },
  { group: "start", tool: "sloth-runner run, nothing in it", against: "bare Bun with Lua" },
  { group: "300 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
  { group: "1000 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
  { group: "10000 copies, nothing to do", tool: "sloth-runner", against: "bare Bun" },
] as const;

/**
 * How much more than recorded is still called the same. CPU time is the least of several: noise only ever adds, and caches are
 * shared with whatever runs beside. Instructions are those of one core, and differ only by when the compilers of JavaScriptCore
 * come to it.
 */
export const TOLERANCE = { CPU: 1.3, instructions: 1.2 } as const;
type Kind = keyof typeof TOLERANCE;

export type Ratios = { readonly [kind in Kind]: { readonly [what: string]: number } };

/** Ours and the bare process by turns, so that both meet the same weather. */
export async function cpuRatios(entries: readonly Entry[], rounds: number): Promise<Ratios["CPU"]> {
  const pairs = pairsOf(entries);
  const found: Record<string, number> = {};
  for (const { name, ours, bare } of pairs) {
    const [one = NaN, other = NaN] = await measureByTurns([ours.command, bare.command], rounds);
    found[name] = rounded(one / other);
  }
  return found;
}

/** Where valgrind is; what takes long without it is left to CPU time. */
export function instructionRatios(entries: readonly Entry[], rounds: number): Ratios["instructions"] {
  const found: Record<string, number> = {};
  for (const { name, ours, bare } of pairsOf(entries)) {
    const least = ({ command }: Entry): number =>
      Math.min(...Array.from({ length: rounds }, () => instructionsOf(command)));
    found[name] = rounded(least(ours) / least(bare));
  }
  return found;
}

function pairsOf(
  entries: readonly Entry[],
): readonly { readonly name: string; readonly ours: Entry; readonly bare: Entry }[] {
  const find = (group: string, tool: string): Entry | undefined =>
    entries.find((entry) => entry.group === group && entry.tool === tool);
  return guarded.flatMap(({ group, tool, against }) => {
    const [ours, bare] = [find(group, tool), find(group, against)];
    return ours === undefined || bare === undefined ? [] : [{ name: `${group}: ${tool}`, ours, bare }];
  });
}

/** What became slower than the tolerance allows, one line each. */
export function slower(now: Ratios, recorded: Ratios): readonly string[] {
  return (["CPU", "instructions"] as const).flatMap((kind) =>
    Object.entries(now[kind]).flatMap(([what, ratio]) => {
      const before = recorded[kind][what];
      if (before === undefined || ratio <= before * TOLERANCE[kind]) return [];
      return [`${what}: ${ratio} times a bare Bun process in ${kind}, recorded are ${before}`];
    }),
  );
}

/** Narrows what --record wrote. */
export function toRatios(read: unknown): Ratios {
  const kinds = new Map<string, unknown>(Object.entries(Object(read)));
  return { CPU: toNumbers(kinds.get("CPU")), instructions: toNumbers(kinds.get("instructions")) };
}

function toNumbers(read: unknown): Readonly<Record<string, number>> {
  const entries = typeof read === "object" && read !== null ? Object.entries(read) : undefined;
  if (entries === undefined) throw new Error("bench/ratios.json is of an older form; write it anew with --record");
  return Object.fromEntries(entries.map(([what, ratio]) => [what, Number(ratio)]));
}

function rounded(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}
