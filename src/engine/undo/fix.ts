import { wantOf, type DriftFinding } from "./find-drift.ts";
import type { Declaration, ResourceRow } from "../record/record.ts";
import type { AnyResource, Change, Diff, Facts } from "../resource.ts";
import { isObject, type Value, type ValueObject } from "../../base/value.ts";
import { lacking, type KeptContents } from "./kept.ts";
import { cannot, type Step } from "./step.ts";

export interface FixOptions {
  readonly types: ReadonlyMap<string, AnyResource>;
  readonly contents: KeptContents;
  readonly now: () => string;
}

/**
 * What puts one finding back as it was left, from the record alone: each property that drifted, by the declaration that stated it last; what
 * is gone is made by its declarations in their order. Properties of `left` stay as they are.
 */
export function fixSteps(
  finding: DriftFinding,
  options: FixOptions,
  left: ReadonlySet<string> = new Set(),
): readonly Step[] {
  const { row, kind } = finding;
  if (kind !== "drift" && kind !== "missing") return [];
  if (row.origin === "registered") return [cannot(row, "the workflow registered it itself; it needs the workflow")];
  if (!isObject(row.properties)) return [absent(finding, options)];
  const { properties } = row;
  const differing = kind === "missing" ? Object.keys(properties) : finding.properties.map((one) => one.property);
  const drifted = new Set(differing.filter((property) => !left.has(property)));
  const steps: Step[] = [];
  for (const [declaration, names] of shares(row, drifted)) {
    const isFirst = kind === "missing" && steps.length === 0;
    steps.push(put(finding, declaration, names, isFirst ? "create" : "update", { ...options, left }));
  }
  const [maker] =
    kind === "missing" && steps.length === 0 ? row.declarations.filter(({ stated }) => stated !== null) : [];
  if (maker !== undefined) return [put(finding, maker, [], "create", { ...options, left })];
  if (steps.length === 0) return [cannot(row, "no declaration of it states what drifted; it needs the workflow")];
  return steps;
}

/** Which declaration puts back which properties: the first one that is gone all it states, else each the last that states it. */
function shares(
  row: ResourceRow,
  drifted: ReadonlySet<string>,
): readonly (readonly [Declaration, readonly string[]])[] {
  const stating = row.declarations.filter(({ stated }) => stated !== null);
  const owners = new Map<string, Declaration>();
  for (const declaration of stating)
    for (const name of Object.keys(declaration.stated ?? {})) if (drifted.has(name)) owners.set(name, declaration);
  return stating
    .map((one) => [one, [...owners].filter(([, owner]) => owner === one).map(([name]) => name)] as const)
    .filter(([, names]) => names.length > 0);
}

function put(
  { row, actual = null }: DriftFinding,
  declaration: Declaration,
  names: readonly string[],
  action: "create" | "update",
  { types, contents, now, left }: FixOptions & { readonly left: ReadonlySet<string> },
): Step {
  const type = types.get(declaration.type);
  if (type === undefined || !isObject(row.properties)) return cannot(row, `this version has no ${declaration.type}`);
  const expected = row.properties;
  const stated = names.map((property): Change => ({
    property,
    from: actual?.[property] ?? null,
    to: expected[property] ?? null,
  }));
  const changes = stated.length > 0 ? stated : [{ property: "exists", from: false, to: true }];
  const desired = statedNow(declaration, { ...expected, ...asFound(actual, left) });
  const want = wantOf(type, declaration);
  // Of what states nothing the want alone tells how it is made.
  const why = lacking(names.length === 0 ? want : changes.map(({ to }) => to), contents);
  if (why !== undefined) return { ...cannot(row, `${why}; it needs the workflow`, action), changes };
  const diff: Diff = { action, changes, actual: action === "create" ? null : actual, desired };
  const item = { name: row.name, want, diff };
  const becomes = (): ResourceRow => ({ ...asLeft(row, now()), ...(left.size > 0 && { state: "drift" as const }) });
  return { row, type: type.name, action, changes, act: { type, item }, becomes };
}

function asFound(actual: Facts | null, left: ReadonlySet<string>): ValueObject {
  const names = actual === null ? [] : [...left];
  return Object.fromEntries(names.map((name): [string, Value] => [name, actual?.[name] ?? null]));
}

/** What it stated, as later declarations left it. */
function statedNow({ stated }: Declaration, expected: ValueObject): ValueObject {
  const names = Object.keys(stated ?? {}).filter((name) => expected[name] !== undefined);
  return Object.fromEntries(names.map((name): [string, Value] => [name, expected[name] ?? null]));
}

/** It should not be there. */
function absent({ row, actual = null }: DriftFinding, { types, now }: FixOptions): Step {
  const declaration = row.declarations.findLast(({ stated }) => stated === null);
  const type = types.get(declaration?.type ?? "");
  if (declaration === undefined || type === undefined) return cannot(row, "it needs the workflow", "delete");
  const changes = [{ property: "exists", from: true, to: false }];
  const diff: Diff = { action: "delete", changes, actual, desired: null };
  const item = { name: row.name, want: wantOf(type, declaration), diff };
  return { row, type: type.name, action: "delete", changes, act: { type, item }, becomes: () => asLeft(row, now()) };
}

function asLeft(row: ResourceRow, now: string): ResourceRow {
  return { ...row, state: "applied", error: null, updatedAt: now, lastApplied: now };
}
