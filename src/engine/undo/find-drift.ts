import { turns } from "../../base/turns.ts";
import { SlothError, isOfHost, toError } from "../../base/errors.ts";
import type { HeldContents } from "../target/held-contents.ts";
import type { Declaration, ResourceRow } from "../record/record.ts";
import type { AnyResource, Facts, ModuleDefinition } from "../resource.ts";
import { keptChecksum } from "../record/resource-row.ts";
import { seal } from "../call/seal.ts";
import { isKeyed } from "../../base/digest.ts";
import type { Target, TargetCall } from "../target/target.ts";
import { holdsKeyed } from "../../base/digest.ts";
import { isHidden } from "./sealed.ts";
import { isObject, sameValue, type Value } from "../../base/value.ts";

/** One property that is other than it was left. */
export interface Drifted {
  readonly property: string;
  readonly expected: Value;
  readonly actual: Value;
}

/**
 * `ok`; `drift`: properties differ; `missing`: it is gone; `unreadable`: it could not be looked at; `unknown`: registered without a probe,
 * or kept by a type this version does not have.
 */
type DriftKind = "ok" | "drift" | "missing" | "unreadable" | "unknown";

export interface DriftFinding {
  readonly row: ResourceRow;
  readonly kind: DriftKind;
  readonly properties: readonly Drifted[];
  readonly reason?: string | undefined;
  /** Of what is unreadable: its host was not reached, or lost; the reason is the host's. */
  readonly unreachable?: boolean | undefined;
  /** What was found of a kept resource that drifted; null: it is gone. */
  readonly actual?: Facts | null | undefined;
}

export interface DriftOptions {
  readonly types: ReadonlyMap<string, AnyResource>;
  readonly targetFor: (host: string) => Promise<Target> | Target;
  readonly contents: HeldContents;
  readonly call: TargetCall;
  /** Asks a registered resource's probe on this machine. */
  readonly probe: (row: ResourceRow, argv: readonly string[]) => Promise<string>;
}

const AT_ONCE = 64;

/** Looks at every resource of a record and compares it with what it was left as. Changes nothing, throws nothing for one that cannot be read. */
export async function findDrift(rows: readonly ResourceRow[], options: DriftOptions): Promise<readonly DriftFinding[]> {
  const present = rows.filter((row) => row.state !== "removed");
  const findings: DriftFinding[] = [];
  const turn = turns(options.call.signal);
  for (let at = 0; at < present.length; at += AT_ONCE) {
    await turn();
    findings.push(...(await Promise.all(present.slice(at, at + AT_ONCE).map((row) => lookAt(row, options)))));
  }
  return findings;
}

/** Resource types by their Lua names. */
export function typesOf(modules: readonly ModuleDefinition[]): ReadonlyMap<string, AnyResource> {
  const types = modules.flatMap((module) => module.functions).filter((one) => one.form === "resource");
  return new Map(types.map((type) => [type.name, type]));
}

/** One row, as findDrift looks at it. */
export async function lookAt(row: ResourceRow, options: DriftOptions): Promise<DriftFinding> {
  try {
    return row.origin === "registered" ? await lookAtRegistered(row, options) : await lookAtKept(row, options);
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof SlothError) return { ...unreadable(row, error.toString()), unreachable: isOfHost(error) };
    // Types take what is recorded for what they once wrote there.
    if (row.origin === "module" && keptChecksum(row.declarations, row.properties) !== row.checksum)
      return unreadable(row, "what is recorded of it is damaged");
    throw error;
  }
}

function unreadable(row: ResourceRow, reason: string): DriftFinding {
  return { row, kind: "unreadable", properties: [], reason };
}

async function lookAtRegistered(row: ResourceRow, { probe, contents }: DriftOptions): Promise<DriftFinding> {
  if (row.probe === null) return { row, kind: "unknown", properties: [], reason: "registered without a probe" };
  if (row.probeOutput === null) return { row, kind: "unknown", properties: [], reason: "never applied" };
  const said = await probe(row, row.probe);
  const actual = isKeyed(row.probeOutput) ? contents.keyedDigest(said) : said;
  if (actual === row.probeOutput) return { row, kind: "ok", properties: [] };
  return { row, kind: "drift", properties: [{ property: "probe", expected: row.probeOutput, actual }] };
}

async function lookAtKept(row: ResourceRow, options: DriftOptions): Promise<DriftFinding> {
  const foreign = row.declarations.find(({ type }) => !options.types.has(type));
  if (foreign !== undefined)
    return { row, kind: "unknown", properties: [], reason: `this version has no ${foreign.type}` };
  if (row.declarations.some((declaration) => isHidden(declaration, row.name)))
    return { row, kind: "unknown", properties: [], reason: "it is sensitive, so only its workflow can look at it" };
  return compare(row, await readKept(row, options), options.contents);
}

/** What is there now of what a row declares, as its declarations together read it; null: nothing. */
export async function readKept(
  row: ResourceRow,
  { types, targetFor, call }: Pick<DriftOptions, "types" | "targetFor" | "call">,
): Promise<Facts | null> {
  refuseOldKey(row);
  const target = await targetFor(row.host);
  let actual: Facts | null = null;
  for (const declaration of row.declarations) {
    const type = types.get(declaration.type);
    const seen = type === undefined ? null : await target.read(type, row.name, wantOf(type, declaration), call);
    if (seen !== null) actual = actual === null ? seen : Object.assign({}, actual, seen);
  }
  return actual;
}

/** Hosts were given the database's key once; what was recorded with it is compared again when a run has looked at it. */
function refuseOldKey({ host, declarations }: ResourceRow): void {
  if (host === "local" || declarations.every(({ hostKey, want }) => hostKey === true || !holdsKeyed(want))) return;
  throw new SlothError("E_OLD_KEY", "it is sensitive and was recorded with a key that hosts are no longer given", {
    hint: "run the workflow once, which compares it and records it anew",
  });
}

/** What was wanted, as this version of the type reads it. */
export function wantOf(type: AnyResource, { want, version }: Declaration): Value {
  return version === type.version || type.upgrade === undefined ? want : type.upgrade(want, version);
}

function compare(row: ResourceRow, actual: Facts | null, contents: HeldContents): DriftFinding {
  const { properties: expected } = row;
  if (!isObject(expected)) {
    const back = { property: "exists", expected: false, actual: true };
    return actual === null ? { row, kind: "ok", properties: [] } : { row, kind: "drift", properties: [back], actual };
  }
  if (actual === null)
    return { row, kind: "missing", properties: [{ property: "exists", expected: true, actual: false }], actual };
  const properties: Drifted[] = [];
  for (const [property, value] of Object.entries(expected)) {
    const now = asRecorded(value, actual[property] ?? null, contents, row.name);
    if (!sameValue(value, now)) properties.push({ property, expected: value, actual: now });
  }
  return properties.length === 0 ? { row, kind: "ok", properties } : { row, kind: "drift", properties, actual };
}

/** What is recorded sealed is compared sealed. */
function asRecorded(recorded: Value, actual: Value, contents: HeldContents, name: string): Value {
  return holdsKeyed(recorded) ? seal(actual, contents, name) : actual;
}
