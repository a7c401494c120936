import { addressText } from "../base/address.ts";
import type { DriftFinding } from "../engine/undo/find-drift.ts";

/** A host that nothing could be asked of. */
export interface UnreachableHost {
  readonly host: string;
  readonly reason: string;
  /** Of the record, on it: none of them was looked at. */
  readonly resources: number;
  /** Whole sentence. */
  readonly message: string;
}

/** Each host that was not reached, once. */
export function unreachableHosts(findings: readonly DriftFinding[]): readonly UnreachableHost[] {
  const byHost = Map.groupBy(findings.filter(isUnreachable), ({ row }) => row.host);
  return [...byHost].map(([host, missed]) => hostOf(host, missed[0]?.reason ?? "", missed.length));
}

/** What could not be looked at, in sentences; each host once. */
export function unseen(findings: readonly DriftFinding[]): readonly string[] {
  const single = findings.filter((finding) => finding.kind === "unreadable" && !isUnreachable(finding));
  return [
    ...unreachableHosts(findings).map(({ message }) => message),
    ...single.map(({ row, reason = "" }) => `${addressText(row)}: unreadable: ${reason}`),
  ];
}

/** An answer about less than was asked for is none. */
export function isBlind(findings: readonly DriftFinding[], allowUnreachable: boolean): boolean {
  return findings.some((finding) => finding.kind === "unreadable" && !(allowUnreachable && isUnreachable(finding)));
}

function isUnreachable({ unreachable }: DriftFinding): boolean {
  return unreachable === true;
}

function hostOf(host: string, said: string, resources: number): UnreachableHost {
  const reason = said.startsWith(`${host}: `) ? said.slice(host.length + 2) : said;
  const missed = `${resources} ${resources === 1 ? "resource" : "resources"} not looked at`;
  return { host, reason, resources, message: `${host}: ${missed}: ${reason}` };
}
