import { SlothError } from "../../base/errors.ts";
import { diffStated } from "../call/diff.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { DriftOptions } from "./find-drift.ts";
import type { ResourceRow } from "../record/record.ts";
import type { AnyResource, Diff, Facts, Restated } from "../resource.ts";
import { keptChecksum, plainFacts } from "../record/resource-row.ts";
import { encodeValue, isObject, type Value, type ValueObject } from "../../base/value.ts";
import { lacking, type KeptContents } from "./kept.ts";
import { asDigest, fileMaker, makerOf } from "./makers.ts";
import { cannot, type Act, type Step } from "./step.ts";

export interface UndoOptions {
  /** How machines are looked at, and which types there are. */
  readonly looking: DriftOptions;
  readonly contents: KeptContents;
  readonly now: () => string;
}

/** Something as it was at one time: null facts, that it was not there. `digest`: of the contents of the file it is, or is a part of. */
export interface Moment {
  readonly facts: ValueObject | null;
  readonly digest: string | null;
  /** As the stack last left it, where that is known. */
  readonly left?: ValueObject | null | undefined;
}

/** What makes a row's resource what it was; undefined: it is that already. */
export async function putBack(
  row: ResourceRow,
  { facts, digest, left }: Moment & { readonly facts: ValueObject },
  options: UndoOptions,
): Promise<Step | undefined> {
  const { looking, contents, now } = options;
  if (facts["unkept"] !== undefined) return cannot(row, "its contents are not kept in the record");
  const maker = makerOf(row.kind, looking.types);
  if (maker === undefined) return cannot(row, `nothing can put back a ${row.kind}`);
  const made = maker.undo?.restate?.(row.name, facts, asDigest(digest)) ?? null;
  const { type, restated } = byDeclarer(row, maker, made, looking.types);
  if (restated === null) return cannot(row, `what it was cannot be had again: ${encodeValue(facts)}`);
  const act = await actUnlessExchanged(row, type, restated, options);
  // What was in a directory went with it, also where there is one again.
  const lacks = Number(facts["entries"] ?? 0) > 0 ? "what was in the directory is not kept in the record" : undefined;
  const becomes = (): ResourceRow => restoredRow(row, type, restated, now());
  if (act === undefined) return lacks && { row, type: row.module, action: "release", changes: [], lacks, becomes };
  if (!("item" in act)) return act;
  const { diff } = act.item;
  const actual = (act.clears ?? act.item).diff.actual;
  if (actual?.["type"] === "link" && facts["type"] === "directory" && left?.["type"] !== "link")
    return cannot(row, "it is a link now, and the record does not tell that it was none then");
  const why =
    lacking(
      diff.changes.map(({ to }) => to),
      contents,
    ) ?? unknownContents(maker, restated, act);
  const action = diff.action === "create" ? "create" : "update";
  if (why !== undefined) return { ...cannot(row, why, action), changes: diff.changes };
  const note = action === "create" ? restated.lost : undefined;
  return { row, type: row.module, action, changes: diff.changes, act, note, lacks, becomes };
}

/** The type that declared it last may do more than the maker of its kind when it puts it back: units are read again. */
function byDeclarer(
  { kind, module, name }: ResourceRow,
  maker: AnyResource,
  made: Restated | null,
  types: ReadonlyMap<string, AnyResource>,
): { readonly type: AnyResource; readonly restated: Restated | null } {
  const own = types.get(module);
  const mine = made === null || own?.kind !== kind ? null : (own.undo?.asOwn?.(name, made.stated) ?? null);
  return own === undefined || mine === null ? { type: maker, restated: made } : { type: own, restated: mine };
}

/** Where what is there is not what was changed, it is left alone. */
async function actUnlessExchanged(
  row: ResourceRow,
  type: AnyResource,
  restated: Restated,
  options: UndoOptions,
): Promise<Act | Step | undefined> {
  try {
    return await actFor(row, type, restated, options);
  } catch (error) {
    if (error instanceof SlothError && error.code === "E_CHANGED") return cannot(row, error.message);
    throw error;
  }
}

async function actFor(
  row: ResourceRow,
  type: AnyResource,
  { want: recorded, only: want = recorded, stated }: Restated,
  { looking }: UndoOptions,
): Promise<Act | undefined> {
  const target = await looking.targetFor(row.host);
  const actual = await target.read(type, row.name, want, looking.call);
  const diff = type.diff?.(actual, stated) ?? diffStated(actual, stated);
  if (diff.changes.length === 0) return undefined;
  if (actual === null || row.kind !== PATH_KIND || !isInTheWay(actual, stated))
    return { type, item: { name: row.name, want, diff } };
  const changes = [{ property: "exists", from: true, to: false }];
  const gone: Diff = { action: "delete", changes, actual, desired: null };
  const bare = type.undo?.restate?.(row.name, null)?.want ?? want;
  const made: Diff = { ...diffStated(null, stated), changes: diff.changes };
  return {
    type,
    item: { name: row.name, want, diff: made },
    clears: { name: row.name, want: bare, diff: gone, remove: true },
  };
}

/** A file takes the place of a file or a link in one step; all else has to go first. */
function isInTheWay(actual: Facts, stated: Facts): boolean {
  const isPlain = (type: Facts[string]): boolean => type === "file" || type === "link";
  const [from, to] = [actual["type"], stated["type"]];
  return to !== undefined && from !== to && !(isPlain(from) && isPlain(to));
}

/** A file whose contents nobody kept can have its mode and owner back, but cannot be made anew. */
function unknownContents({ undo }: AnyResource, { stated }: Restated, { item }: Act): string | undefined {
  if (undo?.contentOf?.(stated) !== null) return undefined;
  const isThere = item.diff.actual !== null && undo.contentOf(item.diff.actual) !== undefined;
  return isThere ? undefined : "its contents are not kept in the record";
}

/** The row of what is as these facts say; undefined: nothing can state them. */
export function restatedRow(
  row: ResourceRow,
  { facts, digest }: Moment & { readonly facts: ValueObject },
  { looking, now }: UndoOptions,
): ResourceRow | undefined {
  const maker = makerOf(row.kind, looking.types);
  const made = maker?.undo?.restate?.(row.name, facts, asDigest(digest)) ?? null;
  if (maker === undefined) return undefined;
  const { type, restated } = byDeclarer(row, maker, made, looking.types);
  return restated === null ? undefined : restoredRow(row, type, restated, now());
}

/** The row of what was put back: what it now states is what it was made. */
function restoredRow(row: ResourceRow, type: AnyResource, { want, stated }: Restated, now: string): ResourceRow {
  const properties = plainFacts(stated);
  const declarations = [{ type: type.name, version: type.version, want, stated: properties }];
  const checksum = keptChecksum(declarations, properties);
  const at = { updatedAt: now, lastApplied: now };
  return { ...row, ...at, declarations, properties, checksum, state: "applied", error: null };
}

/** The row of a part of a file that was put back as a whole: with what it states as it is found now. */
export function foundAs(row: ResourceRow, found: Facts | null): ResourceRow {
  const names = Object.keys(isObject(row.properties) ? row.properties : (row.declarations.at(-1)?.stated ?? {}));
  const properties = found === null ? null : plainFacts(Object.fromEntries(names.map((name) => [name, found[name]])));
  const checksum = keptChecksum(row.declarations, properties);
  return { ...row, properties, checksum, state: "applied", error: null };
}

/** The row of what is no longer kept. */
export function removedRow(row: ResourceRow, now: string): ResourceRow {
  return { ...row, properties: null, state: "removed", error: null, updatedAt: now };
}

/** Takes away what is there; undefined: nothing is. */
export async function takeAway(row: ResourceRow, options: UndoOptions): Promise<Step | undefined> {
  const { looking, now } = options;
  const remover = await removerOf(row, looking);
  if (remover === undefined) return cannot(row, `nothing can remove a ${row.kind}`, "delete");
  const { type, want } = remover;
  const target = await looking.targetFor(row.host);
  const actual = await target.read(type, row.name, want, looking.call);
  if (actual === null) return undefined;
  const changes = [{ property: "exists", from: true, to: false }];
  const item = {
    name: row.name,
    want,
    diff: { action: "delete", changes, actual, desired: null },
    remove: true,
  } as const;
  return {
    row,
    type: row.module,
    action: "delete",
    changes,
    act: { type, item },
    becomes: () => removedRow(row, now()),
  };
}

/** The last declaration that can, else the type of its kind that puts things back. */
async function removerOf(
  row: ResourceRow,
  { types }: DriftOptions,
): Promise<{ readonly type: AnyResource; readonly want: Value } | undefined> {
  for (const { type: name, want, version } of row.declarations.toReversed()) {
    const type = types.get(name);
    if (type?.undo?.remove === undefined) continue;
    return { type, want: version === type.version ? want : (type.upgrade?.(want, version) ?? want) };
  }
  const type = makerOf(row.kind, types);
  const want = type?.undo?.restate?.(row.name, null)?.want;
  return type?.undo?.remove === undefined || want === undefined ? undefined : { type, want };
}

/** Contents of a whole file, for what is a part of one. Step and record are the part's. undefined: they are that already. */
export async function putFile(
  row: ResourceRow,
  path: string,
  digest: string | null,
  options: UndoOptions,
  becomes: Step["becomes"],
): Promise<Step | undefined> {
  const { looking, contents } = options;
  const type = fileMaker(looking.types);
  if (type === undefined) throw new SlothError("E_CANNOT_UNDO", "there is no type that makes files");
  const at = await (await looking.targetFor(row.host)).realPath(path);
  if (digest === null) {
    const step = await takeAway({ ...row, kind: type.kind, name: at, declarations: [] }, options);
    return step === undefined ? undefined : { ...step, row, type: row.module, becomes };
  }
  const restated = type.undo?.restate?.(at, null, asDigest(digest)) ?? null;
  const act =
    restated === null ? undefined : await actFor({ ...row, kind: type.kind, name: at }, type, restated, options);
  if (act === undefined) return undefined;
  const { changes } = act.item.diff;
  const why = lacking(digest, contents);
  if (why !== undefined) return { ...cannot(row, `${path}: ${why}`), changes };
  return { row, type: row.module, action: "update", changes, act, becomes };
}
