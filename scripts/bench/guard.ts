import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuRatios, instructionRatios, slower, toRatios, TOLERANCE, type Ratios } from "./check.ts";
import { canCount } from "./instructions.ts";
import { settled } from "./measure.ts";
import { files } from "./workloads/files.ts";
import { start } from "./workloads/start.ts";
import type { Bench, Entry, Workload } from "./workloads/workload.ts";

const RATIOS = "bench/ratios.json";
const CPU_ROUNDS = 12;
const INSTRUCTION_ROUNDS = 3;

/** Work that is short enough for valgrind, and work that is not. */
const short = [start, files("300 copies", { copies: 300 })];
const long = [files("1000 copies", { copies: 1000 }), files("10000 copies", { copies: 10_000 })];

export interface Guard {
  readonly program: string;
  readonly bare: string;
  readonly directory: string;
  /** Writes the ratios instead of comparing with those recorded. */
  readonly record: boolean;
}

/** False when something became slower than recorded. */
export async function guard({ program, bare, directory, record }: Guard): Promise<boolean> {
  const bench = {
    program,
    bare,
    peers: [],
    mostSeconds: 0,
    host: () => Promise.reject(new Error()),
    leaveOut: () => undefined,
  };
  const counts = canCount();
  if (!counts) console.log("instructions are not counted: apt-get install valgrind");
  const now = { CPU: {}, instructions: {} };
  for (const workload of [...short, ...long])
    await inDirectory(join(directory, "work"), workload, bench, async (entries) => {
      Object.assign(now.CPU, await cpuRatios(entries, CPU_ROUNDS));
      if (counts && short.includes(workload))
        Object.assign(now.instructions, instructionRatios(entries, INSTRUCTION_ROUNDS));
    });
  if (record) writeFileSync(RATIOS, `${JSON.stringify(now, null, 2)}\n`);
  return record || passes(now, toRatios(JSON.parse(readFileSync(RATIOS, "utf8"))));
}

function passes(now: Ratios, recorded: Ratios): boolean {
  for (const kind of ["CPU", "instructions"] as const)
    for (const [what, ratio] of Object.entries(now[kind]))
      console.log(`${what}: ${ratio} times in ${kind}, recorded ${recorded[kind][what] ?? "nothing"}`);
  const worse = slower(now, recorded);
  for (const line of worse)
    console.error(
      `slower than allowed (${TOLERANCE.CPU} times the CPU, ${TOLERANCE.instructions} times the instructions): ${line}`,
    );
  return worse.length === 0;
}

/** First runs are not guarded; they make what the others look at. */
async function inDirectory(
  directory: string,
  workload: Workload,
  bench: Bench,
  work: (entries: readonly Entry[]) => Promise<void>,
): Promise<void> {
  mkdirSync(directory);
  const entries = await workload.entries(directory, bench);
  for (const { command } of entries) if (command.reset !== undefined) await settled(command);
  await work(entries.filter(({ command }) => command.reset === undefined));
  rmSync(directory, { recursive: true });
}
