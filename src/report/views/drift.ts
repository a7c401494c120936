import { parentOf } from "../../base/path.ts";
import { printable } from "../../base/printable.ts";
import { shownHost } from "../counts.ts";
import type { DriftDocument } from "../documents/drift.ts";
import { shownDrift } from "../shown-change.ts";
import { shownTime } from "../../base/shown-time.ts";

type Finding = DriftDocument["resources"][number];
type Rule = DriftDocument["expired_rules"][number];

/** What drifted, property by property, each host that was not reached once, and a line that counts. */
export function driftText({ resources, unreachable, expired_rules: expired }: DriftDocument): string {
  const gone = new Set(unreachable.map(({ host }) => host));
  const isTold = ({ kind, host }: Finding): boolean => kind === "unreadable" && gone.has(host);
  const lines = [
    ...grouped(resources.filter((finding) => finding.kind !== "ok" && !isTold(finding))),
    ...unreachable.map(({ message }) => printable(`? ${message}`)),
    ...expired.map(expiredLine),
    summary(resources, unreachable),
  ];
  return `${lines.join("\n")}\n`;
}

export function expiredLine({ resource, reason, expires = "" }: Rule): string {
  return printable(`the rule for ${resource} (${reason}) has expired on ${expires} and mutes nothing`);
}

/** By host where there are several, and by directory where several are in one. */
function grouped(findings: readonly Finding[]): readonly string[] {
  const hosts = Map.groupBy(findings, ({ host }) => host);
  return [...hosts].flatMap(([host, ofHost]) => {
    const lines = inDirectories(ofHost);
    return hosts.size === 1 ? lines : [`${shownHost(host)}: ${ofHost.length}`, ...indented(lines)];
  });
}

function inDirectories(findings: readonly Finding[]): readonly string[] {
  const directories = Map.groupBy(findings, directoryOf);
  return [...directories].flatMap(([directory, inside]) => {
    const lines = inside.flatMap(linesOf);
    if (directory === undefined || inside.length < 2) return lines;
    return [printable(`in ${directory}: ${inside.length}`), ...indented(lines)];
  });
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Of files and of parts of them, which are named after their file. */
function directoryOf({ type, name }: Finding): string | undefined {
  if (!name.startsWith("/")) return undefined;
  return parentOf(type === "file" ? name : (name.split(": ")[0] ?? name));
}

function linesOf({ address, kind, properties, reason, last_right: right, ignored }: Finding): readonly string[] {
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
