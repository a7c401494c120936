import type { Command } from "./measure.ts";

/** Its code is made while it runs, so valgrind has to look whether it changed. */
const VALGRIND = [
  "valgrind",
  "--tool=cachegrind",
  "--cache-sim=no",
  "--cachegrind-out-file=/dev/null",
  "--smc-check=all-non-file",
];

export function canCount(): boolean {
  return Bun.which("valgrind") !== null;
}

/** How many instructions a command takes, counted by valgrind, which runs all its threads on one core and fifty times slower. */
export function instructionsOf({ argv, cwd, reset }: Command): number {
  reset?.();
  const { success, stderr } = Bun.spawnSync([...VALGRIND, ...argv], { cwd, stdin: "ignore", stdout: "ignore" });
  const said = stderr.toString();
  const counted = /I\s+refs:\s+([\d,]+)/.exec(said)?.[1];
  if (!success || counted === undefined) throw new Error(`${argv.join(" ")} under valgrind: ${said.slice(-2000)}`);
  return Number(counted.replaceAll(",", ""));
}
