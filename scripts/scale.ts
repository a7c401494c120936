import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { measureOnce, type Cost } from "./bench/measure.ts";
import { scenes, type Step } from "./bench/scenes.ts";

/**
 * Measures whether each command's cost of one more thing is flat: all of them over 1,000 and 10,000 files, tasks, keys and registrations.
 *   npm run bench:scale                      1,000 and 10,000
 *   npm run bench:scale -- 1000 100000       these
 *   npm run bench:scale -- --only destroy    what has that in its name, and what has to be done before it
 * Ends with 1 when a command costs more than twice as much for each of the larger number.
 */
const args = process.argv.slice(2);
const only = args.includes("--only") ? (args[args.indexOf("--only") + 1] ?? "") : "";
const given = args.filter((arg) => /^\d+$/.test(arg)).map(Number);
const sizes = given.length > 0 ? given : [1000, 10_000];
const program = resolve("dist/sloth-runner");
const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sloth-scale-"));
/** What a process that does nothing costs is no part of what one more thing does. */
const TOO_MUCH = 2;

const costs = new Map<string, (Cost | undefined)[]>();
try {
  const start = await measureOnce({ argv: [program, "version"], cwd: root });
  head();
  for (const scene of scenes) {
    for (const [at, size] of sizes.entries()) await play(`${scene.name}, `, scene.steps(size), { size, at });
    if (!tell(start)) process.exitCode = 1;
    costs.clear();
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** One after the other, in a directory and with a database of their own. */
async function play(scene: string, steps: readonly Step[], { size, at }: { size: number; at: number }): Promise<void> {
  const cwd = join(root, `${scene}${size}`.replace(/\W+/g, "-"));
  mkdirSync(cwd);
  const last = steps.findLastIndex(({ name }) => (scene + name).includes(only));
  for (const { name, line, before, write } of steps.slice(0, last + 1)) {
    for (const [file, text] of Object.entries(write ?? {})) writeFileSync(join(cwd, file), text);
    before?.(cwd);
    const env = { ...process.env, SLOTH_RUNNER_DB: join(cwd, "s.db"), HERE: cwd };
    const argv = [program, ...line.replaceAll("HERE", cwd).split(" ")] as const;
    const cost = await measureOnce({ argv, cwd, env });
    if (!(scene + name).includes(only)) continue;
    const row = costs.get(scene + name) ?? [];
    row[at] = cost;
    costs.set(scene + name, row);
  }
  rmSync(cwd, { recursive: true });
}

function head(): void {
  console.log(`| CPU time, memory | ${sizes.map((size) => size.toLocaleString("en")).join(" | ")} | one more costs |`);
  console.log(`| --- | ${sizes.map(() => "---:").join(" | ")} | ---: |`);
}

/** The rows of a scene; answers whether all of them are flat. */
function tell(start: Cost): boolean {
  const growths = [...costs].map(([name, row]) => {
    const growth = growthOf(row, start.cpuMs);
    const cells = row.map((cost) => (cost === undefined ? "" : shown(cost)));
    console.log(`| ${name} | ${cells.join(" | ")} | ${growth.toFixed(1)}x |`);
    return growth;
  });
  return growths.every((growth) => growth <= TOO_MUCH);
}

/** How much more each thing costs with the largest number than with the smallest. */
function growthOf(row: readonly (Cost | undefined)[], startMs: number): number {
  const each = row.map((cost, at) => Math.max(1, (cost?.cpuMs ?? 0) - startMs) / (sizes[at] ?? 1));
  return (each.at(-1) ?? 0) / (each[0] ?? 1);
}

function shown({ cpuMs, peakMiB }: Cost): string {
  const time = cpuMs < 1000 ? `${Math.round(cpuMs)} ms` : `${(cpuMs / 1000).toFixed(1)} s`;
  return peakMiB === undefined ? time : `${time}, ${Math.round(peakMiB)} MiB`;
}
