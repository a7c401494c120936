import { SlothError, UsageError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { duration, flag, integer, operand, optionalOperand, shared } from "../../cli/flags.ts";
import { runDocument, runLine } from "../../report/documents/run.ts";
import { show } from "../../report/show.ts";
import { palette, wantsColour } from "../../report/style.ts";
import { runText } from "../../report/views/run.ts";
import { runsText } from "../../report/views/runs.ts";
import { holdingStack, readingStack } from "../../run/with-stack.ts";
import { RETENTION } from "../../store/contract.ts";

const DAY_MS = 86_400_000;
const LISTED = 50;

export default command({
  summary: "List the runs of a stack, or show one with all it changed.",
  details: `The newest ${RETENTION.runs} runs of the last ${RETENTION.days} days are kept by themselves; --prune keeps fewer.`,
  example: "sloth-runner stack history my-infrastructure 12 --diff",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    RUN: optionalOperand("Number of a run, to show all of it.", "run"),
    diff: flag("With RUN: show how the texts of files changed."),
    limit: integer(`List at most so many runs, the newest; ${LISTED} when it is not given.`, "N", 1),
    prune: flag("Remove the oldest runs instead, as --keep and --older-than say."),
    keep: integer("With --prune: keep at most so many runs.", "N", 1),
    "older-than": duration("With --prune: remove what is older, such as 90d."),
    "lock-timeout": duration("With --prune: wait so long for the stack when another run has it."),
    db: shared.db(),
    output: shared.output(),
  },

  run(
    { NAME: name, RUN: run, prune, keep, "older-than": olderThan, "lock-timeout": lockTimeoutMs, ...values },
    context,
  ) {
    const { stdout } = context;
    if (!prune && [keep, olderThan, lockTimeoutMs].some((given) => given !== undefined))
      throw new UsageError("--keep, --older-than and --lock-timeout go with --prune");
    if (prune) {
      const retention = { runs: keep ?? RETENTION.runs, days: (olderThan ?? RETENTION.days * DAY_MS) / DAY_MS };
      if (run !== undefined) throw new UsageError("--prune takes no run");
      return holdingStack({ name, db: values.db, lockTimeoutMs }, context, async (stack) =>
        stdout.write(`removed ${await stack.prune(retention)} runs\n`),
      );
    }
    return readingStack(name, values.db, async (stack) => {
      const shown = { stdout, output: values.output };
      if (run === undefined) {
        const runs = (await stack.runs(values.limit ?? LISTED)).map(runLine);
        return await show(shown, { stack: name, runs }, (document, columns) => runsText(document.runs, columns));
      }
      const details = await stack.run(runNumber(run));
      if (details === null) {
        throw new SlothError("E_RUN_UNKNOWN", `${name} has no run ${run}`, { hint: "without a number all are listed" });
      }
      const texts = values.diff
        ? {
            contents: stack.contents.bind(stack),
            paint: palette(wantsColour(stdout, process.env)),
            columns: stdout.columns,
          }
        : undefined;
      return await show(shown, { stack: name, run: runDocument(details) }, (document, columns) =>
        runText(document.run, { texts, columns }),
      );
    });
  },
});

function runNumber(typed: string): number {
  if (/^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new UsageError(`RUN is '${printable(typed)}', expected the number of a run`);
}
