import { printable } from "../../base/printable.ts";
import type { DriftDocument } from "../documents/drift.ts";
import { shownDrift } from "../shown-change.ts";
import { shownTime } from "../shown.ts";

type Finding = DriftDocument["resources"][number];
type Rule = DriftDocument["expired_rules"][number];

/** What drifted, property by property, each host that was not reached once, and a line that counts. */
export function driftText({ resources, unreachable, expired_rules: expired }: DriftDocument): string {
  const gone = new Set(unreachable.map(({ host }) => host));
  const isTold = ({ kind, host }: Finding): boolean => kind === "unreadable" && gone.has(host);
  const lines = [
    ...resources.filter((finding) => !isTold(finding)).flatMap(linesOf),
    ...unreachable.map(({ message }) => printable(`? ${message}`)),
    ...expired.map(expiredLine),
    summary(resources, unreachable),
  ];
  return `${lines.join("\n")}\n`;
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

function summary(findings: readonly Finding[], unreachable: DriftDocument["unreachable"]): string {
  const alarms = findings.filter(({ ignored }) => ignored === null);
  const count = (kind: Finding["kind"]): number => alarms.filter((finding) => finding.kind === kind).length;
  const missed = unreachable.reduce((sum, { resources }) => sum + resources, 0);
  const hosts = `${unreachable.length} ${unreachable.length === 1 ? "host" : "hosts"} unreachable`;
  const parts: readonly (readonly [count: number, words: string])[] = [
    [count("drift"), "drifted"],
    [count("missing"), "missing"],
    [missed, `not looked at (${hosts})`],
    [count("unreadable") - missed, "unreadable"],
    [count("unknown"), "unknown"],
    [findings.length - alarms.length, "ignored"],
  ];
  const told = parts.filter(([many]) => many > 0).map(([many, words]) => `${many} ${words}`);
  const all = [`${count("ok")} as left`, ...told];
  return `${findings.length} ${findings.length === 1 ? "resource" : "resources"}: ${all.join(", ")}`;
}
