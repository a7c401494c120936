import { printable } from "../../base/printable.ts";
import type { DriftDocument } from "../documents/drift.ts";
import { shownDrift } from "../shown-change.ts";
import { shownTime } from "../shown.ts";

type Finding = DriftDocument["resources"][number];
type Rule = DriftDocument["expired_rules"][number];

/** What drifted, property by property, and a line that counts. */
export function driftText({ resources, expired_rules: expired }: DriftDocument): string {
  return `${[...resources.flatMap(linesOf), ...expired.map(expiredLine), summary(resources)].join("\n")}\n`;
}

export function expiredLine({ resource, reason, expires = "" }: Rule): string {
  return printable(`the rule for ${resource} (${reason}) has expired on ${expires} and mutes nothing`);
}

function linesOf({ address, kind, properties, reason, last_right: right, ignored }: Finding): readonly string[] {
  if (kind === "ok") return [];
  const name = printable(address);
  const since = right === null ? "" : ` (last right ${shownTime(right)})`;
  const known = ignored === null ? "" : `, ignored: ${ignored.map(printable).join("; ")}`;
  if (kind === "missing") return [`- ${name}: missing${since}${known}`];
  if (kind !== "drift") return [`? ${name}: ${kind}${reason === null ? "" : `: ${printable(reason)}`}`];
  const changes = properties.map((one) => {
    const why = one.ignored === null || ignored !== null ? "" : ` (ignored: ${printable(one.ignored)})`;
    return `    ${printable(one.property)}: ${shownDrift(one.expected, one.actual)}${why}`;
  });
  return [`~ ${name}: drift${since}${known}`, ...changes];
}

function summary(findings: readonly Finding[]): string {
  const alarms = findings.filter(({ ignored }) => ignored === null);
  const count = (kind: Finding["kind"]): number => alarms.filter((finding) => finding.kind === kind).length;
  const kinds = ["drift", "missing", "unreadable", "unknown"] as const;
  const parts = kinds
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind === "drift" ? "drifted" : kind}`);
  const ignored = findings.length - alarms.length;
  const all = [`${count("ok")} as left`, ...parts, ...(ignored === 0 ? [] : [`${ignored} ignored`])];
  return `${findings.length} ${findings.length === 1 ? "resource" : "resources"}: ${all.join(", ")}`;
}
