import type { Address } from "../../base/address.ts";
import type { RunContext } from "../context.ts";
import { digestOf } from "../../base/digest.ts";
import type { Declaration, ResourceRow } from "./record.ts";
import type { Facts } from "../resource.ts";
import { encodeValue, isObject, sameValue, type Value, type ValueObject } from "../../base/value.ts";

/** What a declaration found or made, as the record keeps it: already sealed when it is sensitive. */
export interface DeclaredState {
  readonly address: Address;
  readonly declaration: Declaration;
  /** The stated properties; null: is absent; undefined: nothing was asked of what is there. */
  readonly stated: ValueObject | null | undefined;
  /** It was there before this run touched it. */
  readonly wasThere: boolean;
  readonly changed: boolean;
  readonly task: string;
}

/** The recorded row itself when it says already all that this run's first declaration of the address found true. */
export function sameAsRecorded(context: RunContext, state: DeclaredState): ResourceRow | undefined {
  const recorded = context.ledger.recorded(state.address);
  if (recorded === undefined || recorded.state !== "applied" || recorded.declarations.length !== 1) return undefined;
  const { declaration, stated } = state;
  const [before] = recorded.declarations;
  if (before?.type !== declaration.type || before.version !== declaration.version || recorded.task !== state.task)
    return undefined;
  if (before.hostKey !== declaration.hostKey) return undefined;
  const isSame = sameValue(before.want, declaration.want) && sameValue(before.stated, declaration.stated);
  return isSame && (stated === undefined || sameValue(recorded.properties, stated)) ? recorded : undefined;
}

/** The row of an address after one more declaration: later ones add to earlier ones of this run and override them by property. */
export function nextRow(context: RunContext, state: DeclaredState, earlier: ResourceRow | undefined): ResourceRow {
  const recorded = context.ledger.recorded(state.address);
  const declarations = withDeclaration(earlier?.declarations ?? [], state.declaration);
  const properties = mergeStated(earlier ?? (state.stated === undefined ? recorded : undefined), state.stated);
  const checksum = keptChecksum(declarations, properties);
  const now = context.now();
  return {
    id: recorded?.id ?? 0,
    ...state.address,
    origin: "module",
    module: state.declaration.type,
    declarations,
    properties,
    checksum,
    appliedChecksum: null,
    state: "applied",
    error: null,
    adopted:
      recorded === undefined || recorded.state === "removed"
        ? (earlier?.adopted ?? (state.wasThere && !context.ledger.isTouched(state.address)))
        : recorded.adopted,
    probe: null,
    probeOutput: null,
    task: state.task,
    runId: context.run,
    createdAt: recorded?.createdAt ?? now,
    updatedAt: now,
    lastApplied: state.changed ? now : (earlier?.lastApplied ?? recorded?.lastApplied ?? now),
  };
}

/** The row of a resource whose change failed: what was applied before stays what it is. */
export function failedRow(context: RunContext, state: DeclaredState, error: string): ResourceRow {
  const recorded = context.ledger.recorded(state.address);
  const fresh = nextRow(context, state, undefined);
  const properties = recorded?.properties ?? {};
  const declarations = recorded?.declarations ?? fresh.declarations;
  return { ...fresh, declarations, properties, state: "failed", error, lastApplied: recorded?.lastApplied ?? null };
}

/** Facts without what is undefined. */
export function plainFacts(facts: Facts | Partial<Facts>): ValueObject {
  const plain: { [property: string]: Value } = {};
  for (const property in facts) {
    const value = facts[property];
    if (value !== undefined) plain[property] = value;
  }
  return plain;
}

function withDeclaration(earlier: readonly Declaration[], added: Declaration): readonly Declaration[] {
  if (earlier.length === 0) return [added];
  return [...earlier.filter((one) => one.type !== added.type || !sameValue(one.want, added.want)), added];
}

function mergeStated(base: ResourceRow | undefined, stated: ValueObject | null | undefined): Value {
  const before = base === undefined ? {} : base.properties;
  if (stated === undefined) return before;
  return stated !== null && isObject(before) ? { ...before, ...stated } : stated;
}

/** Of what a module keeps: its declarations and what they state together. */
export function keptChecksum(declarations: readonly Declaration[], properties: Value): string {
  return digestOf(encodeValue([declarations.map(plainDeclaration), properties]));
}

function plainDeclaration({ type, version, want, stated }: Declaration): Value {
  return [type, version, want, stated];
}
