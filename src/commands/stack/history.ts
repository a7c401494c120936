import { SlothError, UsageError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { shownDuration } from "../../report/shown.ts";
import type { Sink } from "../../report/sink.ts";
import { RETENTION, type RunSummary } from "../../store/history.ts";
import { command } from "../../cli/command.ts";
import { duration, flag, integer, operand, optionalOperand, shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { shownTime, snakeCase } from "../../cli/plain.ts";
import { holdingStack, readingStack } from "../../run/with-stack.ts";

const DAY_MS = 86_400_000;
const LISTED = 50;

export default command({
  summary: "List the runs of a stack, or show one with all it changed.",
  details: `The newest ${RETENTION.runs} runs of the last ${RETENTION.days} days are kept by themselves; --prune keeps fewer.`,
  example: "sloth-runner stack history my-infrastructure 12 --diff",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    RUN: optionalOperand("Number of a run, to show all of it."),
    diff: flag("With RUN: show how the texts of files changed."),
    limit: integer(`List at most so many runs, the newest; ${LISTED} when it is not given.`, "N", 1),
    prune: flag("Remove the oldest runs instead, as --keep and --older-than say."),
    keep: integer("With --prune: keep at most so many runs.", "N", 1),
    "older-than": duration("With --prune: remove what is older, such as 90d."),
    db: shared.db(),
    output: shared.output(),
  },

  run({ NAME: name, RUN: run, prune, keep, "older-than": olderThan, ...values }, context) {
    const { stdout } = context;
    if (!prune && (keep !== undefined || olderThan !== undefined))
      throw new UsageError("--keep and --older-than go with --prune");
    if (prune) {
      const retention = { runs: keep ?? RETENTION.runs, days: (olderThan ?? RETENTION.days * DAY_MS) / DAY_MS };
      if (run !== undefined) throw new UsageError("--prune takes no run");
      return holdingStack(name, values.db, context, (stack) =>
        stdout.write(`removed ${stack.prune(retention)} runs\n`),
      );
    }
    return readingStack(name, values.db, async (stack) => {
      if (run === undefined) return listed(stdout, name, stack.runs(values.limit ?? LISTED), values.output);
      const details = stack.run(runNumber(run));
      if (details === null) {
        throw new SlothError("E_RUN_UNKNOWN", `${name} has no run ${run}`, { hint: "without a number all are listed" });
      }
      const { printRun, runDocument } = await import("./_run.ts");
      if (values.output === "json") return printDocument(stdout, { stack: name, run: runDocument(details) });
      return await printRun(stdout, details, values.diff ? (digest) => stack.contents(digest) : undefined);
    });
  },
});

function runNumber(typed: string): number {
  if (/^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new UsageError(`RUN is '${printable(typed)}', expected the number of a run`);
}

function listed(stdout: Sink, name: string, runs: readonly RunSummary[], output: "human" | "json"): void {
  if (output === "json") return printDocument(stdout, { stack: name, runs: runs.map(snakeCase) });
  if (runs.length === 0) return stdout.write("no runs\n");
  const rows = runs.map((run) => [
    run.number,
    run.status,
    shownTime(run.startedAt),
    run.durationMs === null ? null : shownDuration(run.durationMs),
    run.sudoUser === null ? run.user : `${run.sudoUser} as ${run.user}`,
    run.hostname,
    run.script,
    shownCounts(run),
  ]);
  return printTable(stdout, ["RUN", "RESULT", "STARTED", "TOOK", "BY", "HOST", "SCRIPT", "CHANGES"], rows);
}

function shownCounts({ counts }: RunSummary): string | null {
  if (counts === null) return null;
  const { created, updated, deleted, ran, failed } = counts;
  const told = Object.entries({ created, updated, deleted, ran, failed }).filter(([, count]) => count > 0);
  return told.length === 0 ? "none" : told.map(([what, count]) => `${count} ${what}`).join(", ");
}
