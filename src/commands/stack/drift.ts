import { HeldContents } from "../../engine/contents.ts";
import { findDrift, typesOf, type DriftFinding } from "../../engine/drift.ts";
import { LocalTarget } from "../../engine/local-target.ts";
import { addressText } from "../../engine/record.ts";
import { askProbe } from "../../engine/registrations.ts";
import { Targets } from "../../engine/targets.ts";
import { SlothError } from "../../errors.ts";
import { modules } from "../../modules/registry.ts";
import { printable } from "../../report/printable.ts";
import { shownValue } from "../../report/shown.ts";
import type { Stack } from "../../store/stack.ts";
import type { Store } from "../../store/store.ts";
import { openHost } from "../../system/host.ts";
import { command } from "../_command.ts";
import { flag, operand, shared } from "../_flags.ts";
import { printDocument } from "../_output.ts";
import { shownTime } from "../_plain.ts";
import { readingStack, writingStack } from "../_store.ts";
import { lastRight } from "./_resource.ts";

export default command({
  summary: "Look at every resource of a stack, and say what is other than it was left.",
  details: "Reads the machine and changes nothing there; what drifted is marked in the record.",
  example: "sloth-runner stack drift my-infrastructure",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    "detailed-exitcode": flag("Exit with 2 when something drifted."),
    db: shared.db(),
    output: shared.output(),
  },

  async run(values, context) {
    const { NAME: name, db, output } = values;
    const told = await readingStack(name, db, async (stack, store) => {
      const findings = await look(stack, store);
      const verified = stack.lastVerified();
      const rights = new Map(findings.map(({ row }) => [row.id, lastRight(row, verified)]));
      return { findings, rights };
    });
    if (needsMarks(told.findings)) await writingStack(name, db, context, (stack) => mark(stack, told.findings));
    if (output === "json") printDocument(context.stdout, documentOf(name, told));
    else context.stdout.write(textOf(told));
    return values["detailed-exitcode"] && told.findings.some(isDrift) ? 2 : 0;
  },
});

interface Told {
  readonly findings: readonly DriftFinding[];
  /** When each was last right, by resource id. */
  readonly rights: ReadonlyMap<number, string | null>;
}

async function look(stack: Stack, store: Store): Promise<readonly DriftFinding[]> {
  const key = store.key();
  const host = openHost({ mode: "read", key });
  const { signal } = new AbortController();
  const contents = new HeldContents(key);
  const targets = new Targets(new LocalTarget("local", host, false), unreachable);
  const system = host.reader({ signal });
  return await findDrift(stack.record.rows(), {
    types: typesOf(modules),
    targetFor: (name) => targets.for(name),
    contents,
    call: { signal, sensitive: false, keep: false, inputs: contents },
    probe: (_row, argv) => askProbe(argv, system),
  });
}

function unreachable(host: string): Promise<never> {
  return Promise.reject(new SlothError("E_HOST_UNKNOWN", `${host} is not known here`));
}

function isDrift({ kind }: DriftFinding): boolean {
  return kind === "drift" || kind === "missing";
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

function textOf({ findings, rights }: Told): string {
  const lines = findings.flatMap((finding) => linesOf(finding, rights.get(finding.row.id) ?? null));
  return `${[...lines, summary(findings)].join("\n")}\n`;
}

function linesOf({ row, kind, properties, reason }: DriftFinding, right: string | null): readonly string[] {
  if (kind === "ok") return [];
  const name = printable(addressText(row));
  const since = right === null ? "" : ` (last right ${shownTime(right)})`;
  if (kind === "missing") return [`- ${name}: missing${since}`];
  if (kind !== "drift") return [`? ${name}: ${kind}${reason === undefined ? "" : `: ${printable(reason)}`}`];
  const changes = properties.map(({ property, expected, actual }) => {
    return `    ${printable(property)}: expected ${shownValue(expected)}, is ${shownValue(actual)}`;
  });
  return [`~ ${name}: drift${since}`, ...changes];
}

function summary(findings: readonly DriftFinding[]): string {
  const count = (kind: DriftFinding["kind"]): number => findings.filter((finding) => finding.kind === kind).length;
  const kinds = ["drift", "missing", "unreadable", "unknown"] as const;
  const parts = kinds
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind === "drift" ? "drifted" : kind}`);
  return `${findings.length} ${findings.length === 1 ? "resource" : "resources"}: ${[`${count("ok")} as left`, ...parts].join(", ")}`;
}

function documentOf(stack: string, { findings, rights }: Told) {
  const resources = findings.map(({ row, kind, properties, reason }) => ({
    address: addressText(row),
    kind,
    properties,
    reason: reason ?? null,
    last_right: rights.get(row.id) ?? null,
  }));
  return { stack, drifted: findings.filter(isDrift).length, resources };
}
