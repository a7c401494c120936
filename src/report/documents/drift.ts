import { addressText } from "../../base/address.ts";
import type { IgnoreRule, Muted } from "../../run/ignore.ts";
import type { UnreachableHost } from "../../run/unseen.ts";
import { lastRight } from "./resource.ts";

export type DriftDocument = ReturnType<typeof driftDocument>;

export interface DriftTold {
  readonly findings: readonly Muted[];
  /** When each was last found right, by resource id. */
  readonly verified: ReadonlyMap<number, string>;
  readonly unreachable: readonly UnreachableHost[];
  /** Rules that mute nothing any more. */
  readonly expired: readonly IgnoreRule[];
}

/** What is other than it was left, and what could not be looked at. */
export function driftDocument(stack: string, { findings, verified, unreachable, expired }: DriftTold) {
  const resources = findings.map((finding) => {
    const { row, kind, properties, reason, known, mutedBy } = finding;
    return {
      address: addressText(row),
      host: row.host,
      type: row.kind,
      name: row.name,
      task: row.task,
      kind,
      properties: properties.map((one) => ({ ...one, ignored: known.get(one.property)?.reason ?? null })),
      reason: reason ?? null,
      last_right: lastRight(row, verified),
      ignored: mutedBy.length === 0 ? null : mutedBy.map((rule) => rule.reason),
    };
  });
  const drifted = resources.filter(({ kind, ignored }) => ignored === null && (kind === "drift" || kind === "missing"));
  const ignored = resources.filter((resource) => resource.ignored !== null).length;
  const unreadable = resources.filter(({ kind }) => kind === "unreadable").length;
  return { stack, drifted: drifted.length, ignored, unreadable, unreachable, expired_rules: expired, resources };
}
