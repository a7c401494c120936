import type { Cost } from "./measure.ts";

/** A row: a tool at a piece of work. `group` is what is compared with each other. */
export interface Result {
  readonly group: string;
  readonly tool: string;
  readonly cost: Cost;
}

/** A run of the benchmark, and what it ran on. */
export interface Report {
  readonly results: readonly Result[];
  /** Load average for each processor when it began: on a busy machine wall time says little. */
  readonly load: number;
  readonly machine: string;
  readonly versions: readonly string[];
  /** What is not measured, and why or how to get it. */
  readonly left: readonly string[];
}

/** Below this a machine counts as quiet. */
export const QUIET = 0.5;

export function costOf(results: readonly Result[], group: string, tool: string): Cost | undefined {
  return results.find((one) => one.group === group && one.tool === tool)?.cost;
}
