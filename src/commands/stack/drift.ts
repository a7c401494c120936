import { UsageError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { command, type Context, type Values } from "../../cli/command.ts";
import { duration, flag, operand, shared, text } from "../../cli/flags.ts";
import { choiceOf, rowFlags } from "../../cli/row-flags.ts";
import { reaching, reachOf, type Reaching } from "../../cli/reaching.ts";
import { driftDocument } from "../../report/documents/drift.ts";
import { show } from "../../report/show.ts";
import { isTerminal } from "../../report/sink.ts";
import { driftText, expiredLine } from "../../report/views/drift.ts";
import { readIgnoreFile, type IgnoreRules } from "../../run/ignore.ts";
import { lookForDrift } from "../../run/look-for-drift.ts";
import { planFix } from "../../run/plan-fix.ts";
import type { UndoRequest } from "../../run/undo.ts";
import { tellUndo, type UndoValues } from "./_tell-undo.ts";

export default command({
  summary: "Look at every resource of a stack, and say what is other than it was left.",
  details:
    "Reads the machine and changes nothing there; what drifted is marked in the record. With --fix, puts back just that, from the record alone.\n" +
    "Exits with 1 when something could not be looked at, whatever drifted beside it.",
  example:
    "sloth-runner stack drift my-infrastructure\nsloth-runner stack drift my-infrastructure --fix --dry-run --ignore known.yaml",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    fix: flag("Put back what drifted, after showing what that means."),
    ignore: text(
      "File of rules for drift that is known of: it is counted, raises no alarm and is not put back.",
      "FILE",
      "file",
    ),
    ...rowFlags,
    "detailed-exitcode": flag("Exit with 2 when something drifted."),
    "allow-unreachable": flag("Do not exit with 1 because a host was not reached."),
    ...reaching,
    "dry-run": flag("With --fix: show what would be put back and stop."),
    yes: flag("With --fix: do not ask for confirmation."),
    "lock-timeout": duration("With --fix: wait so long for the stack when another run has it."),
    db: shared.db(),
    output: shared.output(),
  },

  async run(values, context) {
    const { NAME: name, fix, ignore } = values;
    const isForFix = values.yes || values["dry-run"] || values["lock-timeout"] !== undefined;
    if (!fix && isForFix) throw new UsageError("--yes, --dry-run and --lock-timeout go with --fix");
    const known = ignore === undefined ? { rules: [], expired: [] } : await readIgnoreFile(ignore);
    if (fix) return await putBack(name, known, values, context);
    return await tell(name, known, values, context);
  },
});

interface Asked extends Reaching, Values<typeof rowFlags> {
  readonly "detailed-exitcode": boolean;
  readonly "allow-unreachable": boolean;
  readonly db: string | undefined;
  readonly output: "human" | "json";
}

async function tell(name: string, known: IgnoreRules, values: Asked, context: Context): Promise<number> {
  const { db: database, inventory, output, "allow-unreachable": allowUnreachable } = values;
  const notice = (message: string): void => context.stderr.write(`${printable(message)}\n`);
  const request = {
    name,
    database,
    reach: reachOf(values),
    inventory,
    rules: known.rules,
    choice: choiceOf(values),
    allowUnreachable,
  };
  const interactive = isTerminal(0) && isTerminal(2);
  const looked = await lookForDrift(request, { line: context.line, interactive, notice });
  const document = driftDocument(name, { ...looked, expired: known.expired });
  await show({ stdout: context.stdout, output }, document, driftText);
  if (looked.isBlind) return 1;
  return values["detailed-exitcode"] && document.drifted > 0 ? 2 : 0;
}

async function putBack(name: string, { rules, expired }: IgnoreRules, values: Asked & UndoValues, context: Context) {
  for (const rule of expired) context.stderr.write(`${expiredLine(rule)}\n`);
  const plan: UndoRequest["plan"] = (stack, _store, machines) =>
    planFix(stack, machines, { rules, choice: choiceOf(values), allowUnreachable: values["allow-unreachable"] });
  return await tellUndo({ name, command: "stack drift --fix", values, plan }, context);
}
