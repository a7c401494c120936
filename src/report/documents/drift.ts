import { addressText } from "../../base/address.ts";
import { mutedBy, type IgnoreRule, type Muted } from "../../run/ignore.ts";
import { lastRight } from "./resource.ts";

export type DriftDocument = ReturnType<typeof driftDocument>;

export interface DriftTold {
  readonly findings: readonly Muted[];
  /** When each was last found right, by resource id. */
  readonly verified: ReadonlyMap<number, string>;
  /** Rules that mute nothing any more. */
  readonly expired: readonly IgnoreRule[];
}

/** What is other than it was left. */
export function driftDocument(stack: string, { findings, verified, expired }: DriftTold) {
  const resources = findings.map((finding) => {
    const { row, kind, properties, reason, known } = finding;
    const rules = mutedBy(finding);
    return {
      address: addressText(row),
      kind,
      properties: properties.map((one) => ({ ...one, ignored: known.get(one.property)?.reason ?? null })),
      reason: reason ?? null,
      last_right: lastRight(row, verified),
      ignored: rules.length === 0 ? null : rules.map((rule) => rule.reason),
    };
  });
  const drifted = resources.filter(({ kind, ignored }) => ignored === null && (kind === "drift" || kind === "missing"));
  const ignored = resources.filter((resource) => resource.ignored !== null).length;
  return { stack, drifted: drifted.length, ignored, expired_rules: expired, resources };
}
