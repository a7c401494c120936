import type { RunDetails, RunSummary } from "../../store/contract.ts";
import { snakeCase } from "./snake-case.ts";

export type RunLine = ReturnType<typeof runLine>;
export type RunDocument = ReturnType<typeof runDocument>;

/** A run as lists show it. */
export function runLine(run: RunSummary) {
  return snakeCase(run);
}

/** A run with its tasks and all it changed. */
export function runDocument({ tasks, changes, ...run }: RunDetails) {
  return { ...snakeCase(run), tasks: tasks.map(snakeCase), changes: changes.map(snakeCase) };
}
