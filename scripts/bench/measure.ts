import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What whole processes cost: medians of wall and CPU time, and the peak memory of one of them. */
export interface Cost {
  readonly wallMs: number;
  /** User and system, of all threads and of children that were waited for. */
  readonly cpuMs: number;
  /** The fastest, for comparing on a machine that does other things too. */
  readonly leastCpuMs: number;
  /** undefined without GNU time. */
  readonly peakMiB: number | undefined;
  readonly samples: number;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Put back what the command changed; not measured. */
  readonly reset?: (() => void) | undefined;
}

const TIME = "/usr/bin/time";
/** One that takes longer than this is not run as often. */
const LONG_MS = 10_000;

/** Runs a command `samples` times, once where it takes long, and once more under GNU time for its memory. */
export async function measure(command: Command, samples: number): Promise<Cost> {
  const wall: number[] = [];
  const cpu: number[] = [];
  do {
    const one = await run(command, command.argv);
    wall.push(one.wallMs);
    cpu.push(one.cpuMs);
  } while (wall.length < samples && (wall[0] ?? 0) < LONG_MS);
  const peakMiB = (wall[0] ?? 0) < LONG_MS || wall.length === 1 ? await peakOf(command, wall.length) : undefined;
  return {
    wallMs: median(wall),
    cpuMs: median(cpu),
    leastCpuMs: Math.min(...cpu),
    peakMiB,
    samples: wall.length,
  };
}

/** As the kernel tells it: a process started by us inherits our own peak, one started by `time` does not. */
async function peakOf(command: Command, measured: number): Promise<number | undefined> {
  if (!existsSync(TIME) || measured === 0) return undefined;
  const told = join(command.cwd, "peak");
  await run(command, [TIME, "--quiet", "-f", "%M", "-o", told, ...command.argv]);
  const kib = Number(readFileSync(told, "utf8").trim());
  rmSync(told);
  return kib / 1024;
}

async function run({ cwd, reset }: Command, argv: readonly string[]): Promise<{ wallMs: number; cpuMs: number }> {
  reset?.();
  const startedAt = performance.now();
  const child = Bun.spawn([...argv], { cwd, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = new Response(child.stderr).text();
  const exitCode = await child.exited;
  const wallMs = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${(await said).slice(-2000)}`);
  const micros = child.resourceUsage()?.cpuTime.total ?? 0;
  return { wallMs, cpuMs: Number(micros) / 1000 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
