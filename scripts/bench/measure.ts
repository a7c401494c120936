import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What whole processes cost: medians of wall and CPU time, and the peak memory of one of them. */
export interface Cost {
  readonly wallMs: number;
  /** User and system, of all threads and of children that were waited for. */
  readonly cpuMs: number;
  /** undefined without GNU time. */
  readonly peakMiB: number | undefined;
  readonly samples: number;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Our own where not given. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Put back what the command changed; not measured. */
  readonly reset?: (() => void) | undefined;
  /** Throws when the work is not done, whatever the exit code says; not measured. */
  readonly verify?: (() => void) | undefined;
}

const TIME = "/usr/bin/time";
/** What takes longer than this is run once. */
export const LONG_MS = 10_000;

/** Runs a command once under GNU time, for its memory, and then `samples` times; the one run is all where it takes long. */
export async function measure(command: Command, samples: number): Promise<Cost> {
  const first = await runTimed(command);
  const isLong = first.wallMs >= LONG_MS;
  const runs: Run[] = isLong ? [first] : [];
  while (!isLong && runs.length < samples) runs.push(await run(command));
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    peakMiB: first.peakMiB,
    samples: runs.length,
  };
}

/** The least CPU time of each, run by turns, after one run of each that does not count. */
export async function measureByTurns(commands: readonly Command[], rounds: number): Promise<readonly number[]> {
  const least = commands.map(() => Infinity);
  for (let round = 0; round <= rounds; round++)
    for (const [i, command] of commands.entries()) {
      const { cpuMs } = await run(command);
      if (round > 0) least[i] = Math.min(least[i] ?? Infinity, cpuMs);
    }
  return least;
}

/** Runs it for what it leaves. */
export async function settled(command: Command): Promise<void> {
  await run(command);
}

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What one run costs, for what cannot be done twice. */
export async function measureOnce(command: Command): Promise<Cost> {
  return { ...(await runTimed(command)), samples: 1 };
}

/** As the kernel tells it: a process started by us inherits our own peak, one started by `time` does not. */
async function runTimed(command: Command): Promise<Run & { readonly peakMiB: number | undefined }> {
  if (!existsSync(TIME)) return { ...(await run(command)), peakMiB: undefined };
  const told = join(command.cwd, "peak");
  const cost = await run(command, [TIME, "--quiet", "-f", "%M", "-o", told, ...command.argv]);
  const peakMiB = Number(readFileSync(told, "utf8").trim()) / 1024;
  rmSync(told);
  return { ...cost, peakMiB };
}

async function run(command: Command, argv: readonly string[] = command.argv): Promise<Run> {
  const { cwd, env = process.env, reset, verify } = command;
  reset?.();
  const startedAt = performance.now();
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = new Response(child.stderr).text();
  const exitCode = await child.exited;
  const wallMs = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${(await said).slice(-2000)}`);
  verify?.();
  const micros = child.resourceUsage()?.cpuTime.total ?? 0;
  return { wallMs, cpuMs: Number(micros) / 1000 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
