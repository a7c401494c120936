import type { RunLine } from "../documents/run.ts";
import { shownDuration } from "../shown.ts";
import { shownTime } from "../../base/shown-time.ts";
import { table } from "../table.ts";
import { byText } from "./run.ts";

/** The runs of a stack, a line each. */
export function runsText(runs: readonly RunLine[], columns: number | undefined): string {
  if (runs.length === 0) return "no runs\n";
  const rows = runs.map((run) => [
    run.number,
    run.status,
    shownTime(run.started_at),
    run.duration_ms === null ? null : shownDuration(run.duration_ms),
    byText(run),
    run.hostname,
    run.script,
    shownCounts(run),
  ]);
  return table(["RUN", "RESULT", "STARTED", "TOOK", "BY", "HOST", "SCRIPT", "CHANGES"], rows, columns);
}

function shownCounts({ counts }: RunLine): string | null {
  if (counts === null) return null;
  const { created, updated, deleted, ran, failed } = counts;
  const told = Object.entries({ created, updated, deleted, ran, failed }).filter(([, count]) => count > 0);
  return told.length === 0 ? "none" : told.map(([what, count]) => `${count} ${what}`).join(", ");
}
