import { addressText } from "../../base/address.ts";
import { UsageError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { command, type Context } from "../../cli/command.ts";
import { flag, operand, shared, text } from "../../cli/flags.ts";
import { printDocument } from "../../cli/output.ts";
import { shownTime } from "../../cli/plain.ts";
import { reaching, reachOf, type Reaching } from "../../cli/reaching.ts";
import type { DriftFinding } from "../../engine/undo/find-drift.ts";
import { shownValue } from "../../report/shown.ts";
import { isTerminal } from "../../report/sink.ts";
import { readIgnoreFile, type IgnoreRule, type IgnoreRules, type Muted } from "../../run/ignore.ts";
import { isAlarm, lookForDrift, planFix, type Looked } from "../../run/look-for-drift.ts";
import type { UndoRequest } from "../../run/undo.ts";
import { tellUndo, type UndoValues } from "./_tell-undo.ts";

export default command({
  summary: "Look at every resource of a stack, and say what is other than it was left.",
  details:
    "Reads the machine and changes nothing there; what drifted is marked in the record. With --fix, puts back just that, from the record alone.",
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
    "detailed-exitcode": flag("Exit with 2 when something drifted."),
    ...reaching,
    "dry-run": flag("With --fix: show what would be put back and stop."),
    yes: flag("With --fix: do not ask for confirmation."),
    db: shared.db(),
    output: shared.output(),
  },

  async run(values, context) {
    const { NAME: name, fix, ignore } = values;
    if (!fix && (values.yes || values["dry-run"])) throw new UsageError("--yes and --dry-run go with --fix");
    const known = ignore === undefined ? { rules: [], expired: [] } : await readIgnoreFile(ignore);
    if (fix) return await putBack(name, known, values, context);
    return await tell(name, known, values, context);
  },
});

interface Asked extends Reaching {
  readonly "detailed-exitcode": boolean;
  readonly db: string | undefined;
  readonly output: "human" | "json";
}

async function tell(name: string, known: IgnoreRules, values: Asked, context: Context): Promise<number> {
  const { db: database, inventory, output } = values;
  const notice = (message: string): void => context.stderr.write(`${printable(message)}\n`);
  const request = { name, database, reach: reachOf(values), inventory, rules: known.rules };
  const interactive = isTerminal(0) && isTerminal(2);
  const looked = await lookForDrift(request, { line: context.line, interactive, notice });
  const told = { ...looked, expired: known.expired };
  if (output === "json") printDocument(context.stdout, documentOf(name, told));
  else context.stdout.write(textOf(told));
  return values["detailed-exitcode"] && told.findings.some(isAlarm) ? 2 : 0;
}

async function putBack(name: string, { rules, expired }: IgnoreRules, values: UndoValues, context: Context) {
  for (const rule of expired) context.stderr.write(`${expiredLine(rule)}\n`);
  const plan: UndoRequest["plan"] = (stack, _store, machines) => planFix(stack, machines, rules);
  return await tellUndo({ name, command: "stack drift --fix", values, plan }, context);
}

interface Told extends Looked {
  readonly expired: readonly IgnoreRule[];
}

function textOf({ findings, rights, expired }: Told): string {
  const lines = findings.flatMap((finding) => linesOf(finding, rights.get(finding.row.id) ?? null));
  return `${[...lines, ...expired.map(expiredLine), summary(findings)].join("\n")}\n`;
}

function expiredLine({ resource, reason, expires = "" }: IgnoreRule): string {
  return printable(`the rule for ${resource} (${reason}) has expired on ${expires} and mutes nothing`);
}

function linesOf(finding: Muted, right: string | null): readonly string[] {
  const { row, kind, properties, reason, mutedBy } = finding;
  if (kind === "ok") return [];
  const name = printable(addressText(row));
  const since = right === null ? "" : ` (last right ${shownTime(right)})`;
  const known = mutedBy.length === 0 ? "" : `, ignored: ${mutedBy.map((rule) => printable(rule.reason)).join("; ")}`;
  if (kind === "missing") return [`- ${name}: missing${since}${known}`];
  if (kind !== "drift") return [`? ${name}: ${kind}${reason === undefined ? "" : `: ${printable(reason)}`}`];
  const changes = properties.map(({ property, expected, actual }) => {
    return `    ${printable(property)}: expected ${shownValue(expected)}, is ${shownValue(actual)}`;
  });
  return [`~ ${name}: drift${since}${known}`, ...changes];
}

function summary(findings: readonly Muted[]): string {
  const alarms = findings.filter(({ mutedBy }) => mutedBy.length === 0);
  const count = (kind: DriftFinding["kind"]): number => alarms.filter((finding) => finding.kind === kind).length;
  const kinds = ["drift", "missing", "unreadable", "unknown"] as const;
  const parts = kinds
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind === "drift" ? "drifted" : kind}`);
  const ignored = findings.length - alarms.length;
  const all = [`${count("ok")} as left`, ...parts, ...(ignored === 0 ? [] : [`${ignored} ignored`])];
  return `${findings.length} ${plural(findings.length)}: ${all.join(", ")}`;
}

function plural(count: number): string {
  return count === 1 ? "resource" : "resources";
}

function documentOf(stack: string, { findings, rights, expired }: Told) {
  const resources = findings.map(({ row, kind, properties, reason, mutedBy }) => ({
    address: addressText(row),
    kind,
    properties,
    reason: reason ?? null,
    last_right: rights.get(row.id) ?? null,
    ignored: mutedBy.length === 0 ? null : mutedBy.map((rule) => rule.reason),
  }));
  const ignored = findings.filter(({ mutedBy }) => mutedBy.length > 0).length;
  return { stack, drifted: findings.filter(isAlarm).length, ignored, expired_rules: expired, resources };
}
