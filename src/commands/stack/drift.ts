import { addressText } from "../../base/address.ts";
import { findDrift, typesOf, type DriftFinding } from "../../engine/undo/find-drift.ts";
import { fixSteps } from "../../engine/undo/fix.ts";
import { UsageError } from "../../base/errors.ts";
import { modules } from "../../modules/registry.ts";
import { printable } from "../../report/printable.ts";
import { shownValue } from "../../report/shown.ts";
import type { Stack } from "../../store/stack.ts";
import type { Store } from "../../store/store.ts";
import { command, type Context } from "../../cli/command.ts";
import { flag, operand, shared, text } from "../../cli/flags.ts";
import { printDocument } from "../_output.ts";
import { shownTime } from "../_plain.ts";
import { readingStack, writingStack } from "../_store.ts";
import { muted, readIgnoreFile, type IgnoreRule, type IgnoreRules, type Muted } from "./_ignore.ts";
import { reaching, type Reaching } from "../_reaching.ts";
import { openMachines, type Machines } from "./_machines.ts";
import { lastRight } from "./_resource.ts";

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
  const { db, output } = values;
  const told = await readingStack(name, db, async (stack, store) => {
    const findings = (await look(stack, store, values, context)).map((finding) => muted(finding, known.rules));
    const verified = stack.lastVerified();
    const rights = new Map(findings.map(({ row }) => [row.id, lastRight(row, verified)]));
    return { findings, rights, expired: known.expired };
  });
  if (needsMarks(told.findings)) await writingStack(name, db, context, (stack) => mark(stack, told.findings));
  if (output === "json") printDocument(context.stdout, documentOf(name, told));
  else context.stdout.write(textOf(told));
  return values["detailed-exitcode"] && told.findings.some(isAlarm) ? 2 : 0;
}

async function putBack(
  name: string,
  { rules, expired }: IgnoreRules,
  values: Asked & { readonly "dry-run": boolean; readonly yes: boolean },
  context: Context,
): Promise<number> {
  for (const rule of expired) context.stderr.write(`${expiredLine(rule)}\n`);
  const { undo } = await import("./_undo.ts");
  const now = (): string => new Date().toISOString();
  return await undo(
    {
      name,
      command: "stack drift --fix",
      values,
      async plan(stack, _store, machines) {
        const findings = (await lookWith(stack, machines)).map((finding) => muted(finding, rules)).filter(isAlarm);
        const options = { types: typesOf(modules), contents: (digest: string) => stack.contents(digest), now };
        const steps = findings.flatMap((finding) => fixSteps(finding, options));
        return { steps, question: `Put back ${findings.length} ${plural(findings.length)}?`, owed: true };
      },
    },
    context,
  );
}

interface Told {
  readonly findings: readonly Muted[];
  /** When each was last right, by resource id. */
  readonly rights: ReadonlyMap<number, string | null>;
  readonly expired: readonly IgnoreRule[];
}

async function look(stack: Stack, store: Store, reach: Reaching, context: Context): Promise<readonly DriftFinding[]> {
  await using machines = await openMachines({
    mode: "read",
    key: store.key(),
    notes: store.notes(),
    reach,
    remembered: stack.hosts(),
    contents: (digest) => stack.contents(digest),
    signal: new AbortController().signal,
    notice: (message) => context.stderr.write(`${printable(message)}\n`),
  });
  return await lookWith(stack, machines);
}

function lookWith(stack: Stack, { looking }: Machines): Promise<readonly DriftFinding[]> {
  return findDrift(stack.record.rows(), looking);
}

function isDrift({ kind }: DriftFinding): boolean {
  return kind === "drift" || kind === "missing";
}

function isAlarm(finding: Muted): boolean {
  return isDrift(finding) && finding.mutedBy.length === 0;
}

function needsMarks(findings: readonly DriftFinding[]): boolean {
  return findings.some(
    (finding) => isDrift(finding) !== (finding.row.state === "drift") && finding.row.state !== "failed",
  );
}

function mark(stack: Stack, findings: readonly DriftFinding[]): void {
  for (const finding of findings) {
    const { row } = finding;
    if (isDrift(finding) && row.state === "applied") stack.record.save({ ...row, state: "drift" });
    if (finding.kind === "ok" && row.state === "drift") stack.record.save({ ...row, state: "applied" });
  }
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
