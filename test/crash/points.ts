import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/binary.ts";
import { commandOf, faultsAfter, plant, sloth, type CrashSite } from "./site.ts";

/** One of the program's own system calls: the `when`th of that name in its main thread. */
export interface Point {
  readonly call: string;
  readonly when: number;
  readonly journal: boolean;
}

export const STRACE = run(["sh", "-c", "command -v strace"]).stdout.trim();

/** All calls of the main thread in one undisturbed run; those that write the journal are marked. */
export function callsOf(): readonly Point[] {
  const site = plant();
  try {
    const trace = join(site.root, "trace");
    sloth(site, [STRACE, "-y", "-qq", "-e", "trace=%file,%desc,%process,%network", "-o", trace]);
    const lines = readFileSync(trace, "latin1").split("\n");
    const counts = new Map<string, number>();
    const points: Point[] = [];
    for (const line of lines) {
      const [, call = "", rest = ""] = /^(\w+)\((.*)$/.exec(line) ?? [];
      if (call === "" || call === "execve" || call.startsWith("exit")) continue;
      const when = (counts.get(call) ?? 0) + 1;
      counts.set(call, when);
      const journal = /^(pwrite64|fsync|fdatasync|write|ftruncate)$/.test(call) && rest.includes("/s.db");
      points.push({ call, when, journal });
    }
    return points;
  } finally {
    rmSync(site.root, { recursive: true });
  }
}

/** Kills a run there. Answers what is wrong afterwards, and whether it was killed at all. */
export function killAt({ call, when }: Point): { readonly killed: boolean; readonly faults: readonly string[] } {
  const site = plant();
  try {
    const killed = killed137(site, call, when);
    return { killed, faults: faultsAfter(site) };
  } finally {
    rmSync(site.root, { recursive: true });
  }
}

function killed137(site: CrashSite, call: string, when: number): boolean {
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${when}`];
  const ran = run([STRACE, "-qq", ...inject, "-o", "/dev/null", ...commandOf(site)], { cwd: site.root });
  return !ran.stdout.includes('"run_done"');
}

/** The same seed gives the same numbers: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function chosen(points: readonly Point[], count: number, random: () => number): readonly Point[] {
  const left = [...points];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
}
