import type { Address } from "../../base/address.ts";
import { diffStated } from "../call/diff.ts";
import { lookAt, wantOf, type DriftFinding } from "./find-drift.ts";
import type { ResourceRow } from "../record/record.ts";
import { encodeValue, isObject, type ValueObject } from "../../base/value.ts";
import { putBack, putFile, removedRow, takeAway, type Moment, type UndoOptions } from "./put-back.ts";
import { asDigest, fileMaker, holdsContents, makerOf } from "./makers.ts";
import { isSealed } from "./sealed.ts";
import { cannot, type Step } from "./step.ts";

interface Original extends Moment {
  /** Of the file, as this stack last left it. */
  readonly presentDigest: string | null;
}

/** Digests of a file's contents around a change; null: there was no file, or it was not kept. */
interface FileChange {
  readonly before: string | null;
  readonly after: string | null;
}

export interface DestroyOptions extends UndoOptions {
  /** What was there before the stack first changed it; undefined: it never did. */
  readonly originalOf: (address: Address) => Original | undefined;
  /** What the files of these held before and after each change of one of them, in order. */
  readonly digestsOf: (addresses: readonly Address[]) => readonly FileChange[];
  /** Other stacks of this database that keep it too. */
  readonly alsoIn: (address: Address) => readonly string[];
  /** Also what changed since it was written. */
  readonly force: boolean;
}

/**
 * Undoes what made these rows, in reverse order: what the stack made is removed, what it replaced is put back, and what it only found or
 * another stack keeps too is let go. What changed since it was written is left alone, unless forced.
 */
export async function destroySteps(rows: readonly ResourceRow[], options: DestroyOptions): Promise<readonly Step[]> {
  const kept = rows.filter(({ origin, state }) => origin === "module" && state !== "removed").toReversed();
  const files = await wholeFiles(kept, options);
  const steps: Step[] = [];
  for (const row of kept) steps.push(await stepFor(row, files, options));
  return steps;
}

async function stepFor(row: ResourceRow, files: Files, options: DestroyOptions): Promise<Step> {
  const others = options.alsoIn(row);
  if (others.length > 0) return release(row, `kept by ${others.join(", ")} too, so it stays`, options);
  const original = options.originalOf(row);
  const isFound = original === undefined || (row.adopted && original.facts === null);
  if (isFound) return release(row, "was there before, so it stays", options);
  const whole = files.get(row);
  if (whole !== undefined) return whole;
  const why = await changedSince(await lookAt(row, options.looking), original, options);
  if (why !== undefined) return why;
  if (original.facts === null) return (await takeAway(row, options)) ?? release(row, "is gone already", options);
  return await restore(row, original.facts, original, options);
}

async function restore(
  row: ResourceRow,
  facts: ValueObject,
  { digest }: Original,
  options: DestroyOptions,
): Promise<Step> {
  if (isSealed(row)) return cannot(row, "it is sensitive, so what it was is not in the record");
  if (row.properties === null && facts["type"] === "directory")
    return cannot(row, "what was in the directory is not kept in the record");
  const isMade = makerOf(row.kind, options.looking.types) !== undefined;
  const step = isMade ? await putBack(row, { facts, digest }, options) : await applyBack(row, facts, options);
  if (step === undefined) return release(row, "is what it was before", options);
  return { ...step, becomes: () => removedRow(row, options.now()) };
}

/** Of a kind that nothing restates, a line or a block: what its last declaration states, with the values of then. */
async function applyBack(row: ResourceRow, facts: ValueObject, options: DestroyOptions): Promise<Step | undefined> {
  const declaration = row.declarations.at(-1);
  const type = options.looking.types.get(declaration?.type ?? "");
  const stated = declaration?.stated ?? null;
  if (declaration === undefined || type === undefined || stated === null)
    return cannot(row, `its file was changed by others since; it was ${encodeValue(facts)}`);
  const want = wantOf(type, declaration);
  const desired = Object.fromEntries(Object.entries(facts).filter(([name]) => name in stated));
  const target = await options.looking.targetFor(row.host);
  const diff = diffStated(await target.read(type, row.name, want, options.looking.call), desired);
  if (diff.changes.length === 0) return undefined;
  const item = { name: row.name, want, diff };
  return { row, type: row.module, action: "update", changes: diff.changes, act: { type, item }, becomes: () => row };
}

/** Why it is left alone, as a step; undefined: it is as it was left. */
async function changedSince(
  finding: DriftFinding,
  { presentDigest }: Original,
  options: DestroyOptions,
): Promise<Step | undefined> {
  const { row, kind, properties, reason } = finding;
  if (kind === "unreadable" || kind === "unknown")
    return cannot(row, `it cannot be looked at: ${reason ?? kind}`, "delete");
  if (options.force) return undefined;
  const changed = properties.map(({ property }) => property);
  if (kind === "ok" && isObject(row.properties) && row.properties["content"] === undefined && presentDigest !== null) {
    const now = await digestNow(row, row.name, presentDigest, options);
    if (holdsContents(row.kind, options.looking.types) && now !== undefined && now !== presentDigest)
      changed.push("content");
  }
  if (changed.length === 0 || kind === "missing") return undefined;
  return cannot(row, `changed since it was written (${changed.join(", ")}); --force undoes it all the same`, "delete");
}

type Files = ReadonlyMap<ResourceRow, Step>;

/**
 * Files of which the stack keeps lines, blocks or replacements, and which nobody else has changed between its first change and now: those
 * are put back whole. In all others each part is undone by itself.
 */
async function wholeFiles(rows: readonly ResourceRow[], options: DestroyOptions): Promise<Files> {
  const steps = new Map<ResourceRow, Step>();
  for (const { path, parts } of partsByFile(rows, options)) {
    const digests = options.digestsOf(parts);
    const [first, last] = [digests[0], digests.at(-1)];
    const isUnbroken = digests.every(({ before }, index) => index === 0 || before === digests[index - 1]?.after);
    const [main, ...others] = parts;
    if (first === undefined || main === undefined || !isUnbroken || !mayGoWhole(parts, first.before, options)) continue;
    if (last?.after == null || (await digestNow(main, path, last.after, options)) !== last.after) continue;
    const step = await putFile(main, path, first.before, options, () => removedRow(main, options.now()));
    steps.set(main, step ?? release(main, "is what it was before", options));
    for (const row of others) steps.set(row, release(row, "is put back with the rest of its file", options));
  }
  return steps;
}

interface PartsOfFile {
  readonly path: string;
  readonly parts: ResourceRow[];
}

/** Of each host's files; those that a row holds the contents of are that row's. */
function partsByFile(rows: readonly ResourceRow[], options: DestroyOptions): readonly PartsOfFile[] {
  const files = new Map<string, PartsOfFile>();
  for (const row of rows) {
    const path = fileOf(row, options);
    if (path === undefined) continue;
    const file = files.get(`${row.host}\0${path}`) ?? { path, parts: [] };
    files.set(`${row.host}\0${path}`, file);
    file.parts.push(row);
  }
  return [...files.values()].filter(({ parts }) =>
    parts.every(({ kind }) => !holdsContents(kind, options.looking.types)),
  );
}

/** Each was changed by this stack alone and is in no other, and what the file held is known. */
function mayGoWhole(parts: readonly ResourceRow[], before: string | null, options: DestroyOptions): boolean {
  const originals = parts.map((row) => options.originalOf(row));
  if (originals.includes(undefined) || parts.some((row) => isSealed(row) || options.alsoIn(row).length > 0))
    return false;
  return before === null ? originals.every((one) => one?.facts === null) : options.contents(before) !== null;
}

async function digestNow(
  row: ResourceRow,
  path: string,
  like: string | null,
  { looking }: DestroyOptions,
): Promise<string | undefined> {
  const maker = fileMaker(looking.types);
  const want = maker?.undo?.restate?.(path, null, asDigest(like))?.want;
  if (maker === undefined || want === undefined || like === null) return undefined;
  const target = await looking.targetFor(row.host);
  const found = await target.read(maker, path, want, looking.call);
  return found === null ? undefined : (maker.undo?.contentOf?.(found) ?? undefined);
}

/** The file a row is, or is a part of. */
export function fileOf(row: ResourceRow, { looking }: UndoOptions): string | undefined {
  const declaration = row.declarations.at(-1);
  const type = looking.types.get(declaration?.type ?? "");
  return declaration === undefined || type === undefined ? undefined : type.file?.(wantOf(type, declaration));
}

function release(row: ResourceRow, note: string, { now }: UndoOptions): Step {
  return { row, type: row.module, action: "release", changes: [], note, becomes: () => removedRow(row, now()) };
}
