import { addressText, type Address } from "../../base/address.ts";
import { holdsKeyed } from "../../base/digest.ts";
import { turns } from "../../base/turns.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import { diffStated } from "../call/diff.ts";
import { isSealedName } from "../call/seal.ts";
import { lookAt, wantOf } from "./find-drift.ts";
import type { ResourceRow } from "../record/record.ts";
import { encodeValue, isObject, type ValueObject } from "../../base/value.ts";
import { Keepers, type KeepersOptions } from "./keepers.ts";
import { changedSinceLeft, rowOf, type Leftover, type Original } from "./leftovers.ts";
import { leftBehind } from "./left-behind.ts";
import { orderPaths } from "./order-paths.ts";
import { Places } from "./places.ts";
import { putBack, removedRow, takeAway } from "./put-back.ts";
import { fileOf, holdsContents, makerOf } from "./makers.ts";
import { isSealed, SECRET_NAME, SENSITIVE } from "./sealed.ts";
import { OtherNames } from "./other-names.ts";
import { stayingDirectories } from "./staying-directories.ts";
import { cannot, planned, type Step } from "./step.ts";
import { digestNow, wholeFiles, type FileChange } from "./whole-files.ts";

/** What the changes of a stack tell of the order in which it first touched things, and of what nobody declared. */
export interface Touched {
  /** By addressText. */
  readonly firsts: ReadonlyMap<string, number>;
  /** As the last change left it; undefined: the history does not tell. */
  readonly leftOf: (address: Address) => ValueObject | null | undefined;
  readonly leftovers: readonly Leftover[];
}

export interface DestroyOptions extends KeepersOptions {
  /** What was there before the stack first changed it; undefined: it never did. */
  readonly originalOf: (address: Address) => Omit<Original, "left"> | undefined;
  /** What the files of these held before and after each change of one of them, in order. */
  readonly digestsOf: (addresses: readonly Address[]) => readonly FileChange[];
  readonly touched: () => Touched;
  /** Also what changed since it was written. */
  readonly force: boolean;
  /** Of this stack, and not undone: what lies at the same place stays, and all that the changes which made them touched on their way. */
  readonly stays?: readonly ResourceRow[] | undefined;
}

/**
 * Undoes what made these rows, the last touched first: what the stack made is removed, what it replaced is put back, and what it only
 * found or another stack keeps too is let go. What changed since it was written is left alone, unless forced. What changes touched on
 * their way to these is undone with them.
 */
export async function destroySteps(rows: readonly ResourceRow[], options: DestroyOptions): Promise<readonly Step[]> {
  const { firsts, leftovers, leftOf } = options.touched();
  const kept = rows.filter(({ origin, state }) => origin === "module" && state !== "removed");
  const places = new Places(options.looking.targetFor);
  const traces =
    options.stays === undefined ? leftovers : await leftBehind(leftovers, options.stays, { options, places });
  const all = [
    ...kept.map((row) => ({ row, leftover: undefined, at: firsts.get(addressText(row)) ?? 0 })),
    ...traces.map((leftover) => {
      return { row: rowOf(leftover, options.now()), leftover, at: firsts.get(addressText(leftover.address)) ?? 0 };
    }),
  ].toSorted((a, b) => b.at - a.at || b.row.id - a.row.id);
  const destroying = new Destroying({
    options,
    places,
    leftOf,
    parts: await placesOfParts(kept, options, places),
    rows: kept,
  });
  const steps = new Map<ResourceRow, Step>();
  const turn = turns(options.looking.call.signal);
  for (const { row, leftover } of all) {
    if (leftover !== undefined) steps.set(row, await planned(row, () => destroying.traceStep(row, leftover)));
    await turn();
  }
  const files = await wholeFiles(kept, options);
  for (const { row, leftover } of all) {
    if (leftover === undefined) steps.set(row, await planned(row, () => destroying.step(row, files)));
    await turn();
  }
  return stayingDirectories(orderPaths(all.flatMap(({ row }) => steps.get(row) ?? [])));
}

/** Where the files are of which rows keep a part. */
async function placesOfParts(
  rows: readonly ResourceRow[],
  { looking }: DestroyOptions,
  places: Places,
): Promise<ReadonlyMap<ResourceRow, string>> {
  const found = new Map<ResourceRow, string>();
  for (const row of rows) {
    const path = row.kind === PATH_KIND ? undefined : fileOf(row, looking.types);
    if (path !== undefined) found.set(row, `${row.host}\0${await places.locate(row.host, path)}`);
  }
  return found;
}

interface Work {
  readonly rows: readonly ResourceRow[];
  readonly options: DestroyOptions;
  readonly places: Places;
  readonly leftOf: Touched["leftOf"];
  readonly parts: ReadonlyMap<ResourceRow, string>;
}

class Destroying {
  private readonly leftOf: Touched["leftOf"];
  private readonly otherNames: OtherNames;
  private readonly options: DestroyOptions;
  private readonly places: Places;
  private readonly keepers: Keepers;
  private readonly parts: ReadonlyMap<ResourceRow, string>;
  private readonly filesOfParts: ReadonlySet<string>;
  /** Files of parts that go as a whole. */
  private readonly whole = new Set<string>();
  private readonly traced = new Set<string>();
  /** Of calls that are sensitive, whose names do not tell what they touched. */
  private readonly sealedTypes = new Set<string>();
  private staying: Map<string, string> | undefined;

  constructor({ options, places, leftOf, parts, rows }: Work) {
    this.leftOf = leftOf;
    this.otherNames = new OtherNames(rows, leftOf, options.looking.targetFor);
    this.options = options;
    this.places = places;
    this.keepers = new Keepers(options, places);
    this.parts = parts;
    this.filesOfParts = new Set(parts.values());
  }

  /** Of what changes touched on their way; undefined: there is nothing to do. */
  async traceStep(row: ResourceRow, original: Leftover): Promise<Step | undefined> {
    const { options } = this;
    const trace = { trace: true, undone: true, sealed: original.sealed } as const;
    this.traced.add(row.name);
    if (original.sealed) this.sealedTypes.add(original.type);
    if (isSealedName(row.name)) return cannot(row, SECRET_NAME);
    const place = `${row.host}\0${row.name}`;
    const isOfParts = this.filesOfParts.has(place);
    const others = await this.keepers.of(row);
    if (others.length > 0)
      return isOfParts
        ? undefined
        : { ...release(row, `kept by ${others.join(", ")} too, so it stays`, options), ...trace };
    // Through a link that was not there then: what is found is something else.
    if ((await this.places.locate(row.host, row.name)) !== row.name) return { ...silent(row, options), ...trace };
    if (holdsKeyed(original.facts)) return cannot(row, SENSITIVE);
    const back =
      original.facts === null
        ? await takeAway(row, options)
        : await putBack(row, { ...original, facts: original.facts }, options);
    const isDirectory = back?.act?.item.diff.actual?.["type"] === "directory";
    if (original.sealed && back !== undefined && !isDirectory && !options.force) return cannot(row, UNKNOWN, "delete");
    const lefts = await this.otherNames.leftsOf(row);
    // What was only given another name was left as it was found.
    const left = original.left === undefined && lefts.length > 0 ? original.facts : original.left;
    const changed = await changedSinceLeft(row, { ...original, left }, options, lefts);
    if (isOfParts && changed?.includes("content") !== true && back?.cannot === undefined) this.whole.add(place);
    if (isOfParts && (changed?.includes("content") === true || original.facts?.["unkept"] !== undefined))
      return await this.attributesOnly(row, original);
    if (back === undefined) return { ...silent(row, options), ...trace };
    if (changed !== null && changed.length > 0 && !options.force) return { ...changedStep(row, changed), ...trace };
    return { ...back, ...trace, becomes: () => row };
  }

  /** Of a file whose parts are undone one by one, as others changed it too. */
  private async attributesOnly(row: ResourceRow, { facts }: Leftover): Promise<Step | undefined> {
    if (facts === null) return undefined;
    const { content: _content, unkept: _unkept, ...attributes } = facts;
    const back = await putBack(row, { facts: attributes, digest: null }, this.options);
    return back && { ...back, trace: true, undone: true, becomes: () => row };
  }

  async step(row: ResourceRow, files: ReadonlyMap<ResourceRow, Step>): Promise<Step> {
    return (await this.fileStep(row)) ?? files.get(row) ?? (await this.rowStep(row));
  }

  /** Of a part of a file that goes as a whole. */
  private async fileStep(row: ResourceRow): Promise<Step | undefined> {
    const place = this.parts.get(row);
    if (place === undefined || !this.whole.has(place) || (await this.keepers.of(row)).length > 0) return undefined;
    return release(row, "is put back with the rest of its file", this.options);
  }

  private async rowStep(row: ResourceRow): Promise<Step> {
    const { options } = this;
    const others = await this.keepers.of(row);
    if (others.length > 0)
      return { ...release(row, `kept by ${others.join(", ")} too, so it stays`, options), remains: true };
    const sameAs = await this.staysAs(row);
    if (sameAs !== undefined) return { ...release(row, `is kept as ${sameAs}`, options), undone: undefined };
    if (this.isTraced(row)) return release(row, "is undone path by path", options);
    const original = options.originalOf(row);
    const place =
      original === undefined && row.kind === PATH_KIND ? await this.places.locate(row.host, row.name) : row.name;
    if (place !== row.name) return release(row, `is undone as ${place}`, options);
    const finding = await lookAt(row, options.looking);
    if (original === undefined || (row.adopted && original.facts === null))
      return finding.kind === "missing" || row.properties === null
        ? silent(row, options)
        : { ...release(row, "was there before, so it stays", options), remains: true };
    if (finding.kind === "unreadable" || finding.kind === "unknown")
      return cannot(row, `it cannot be looked at: ${finding.reason ?? finding.kind}`, "delete");
    const back = await this.undo(row, { ...original, left: this.leftOf(row) });
    if (back === undefined)
      return release(row, original.facts === null ? "is gone already" : "is what it was before", options);
    if (options.force || finding.kind === "missing") return back;
    // What is below a directory is undone path by path.
    const changed = finding.properties.map(({ property }) => property).filter((name) => name !== "differing");
    if (finding.kind === "ok" && (await this.holdsOther(row, original))) changed.push("content");
    return changed.length > 0 ? changedStep(row, changed) : back;
  }

  private async undo(row: ResourceRow, { facts, digest, left }: Original): Promise<Step | undefined> {
    const { options } = this;
    if (facts === null) {
      const step = await takeAway(row, options);
      return step && { ...step, undone: true };
    }
    if (isSealed(row)) return cannot(row, SENSITIVE);
    const isMade = makerOf(row.kind, options.looking.types) !== undefined;
    const step = isMade ? await putBack(row, { facts, digest, left }, options) : await applyBack(row, facts, options);
    return step && { ...step, undone: true, becomes: () => removedRow(row, options.now()) };
  }

  /** A file of which no contents are stated, changed by somebody all the same. */
  private async holdsOther(row: ResourceRow, { presentDigest }: Pick<Original, "presentDigest">): Promise<boolean> {
    const { options } = this;
    if (!isObject(row.properties) || row.properties["content"] !== undefined || presentDigest === null) return false;
    if (!holdsContents(row.kind, options.looking.types)) return false;
    const now = await digestNow(row, row.name, presentDigest, options);
    return now !== undefined && now !== presentDigest;
  }

  /** Another declaration of this stack that stays and leads to the same place. */
  private async staysAs(row: ResourceRow): Promise<string | undefined> {
    const { stays } = this.options;
    if (stays === undefined || row.kind !== PATH_KIND || row.host !== "local") return undefined;
    if (this.staying === undefined) {
      this.staying = new Map();
      for (const { kind, host, name } of stays)
        if (kind === PATH_KIND && host === row.host) this.staying.set(await this.places.locate(host, name), name);
    }
    return this.staying.get(await this.places.locate(row.host, row.name));
  }

  /** All that it made has been recorded path by path. */
  private isTraced(row: ResourceRow): boolean {
    const declaration = row.declarations.at(-1);
    const type = this.options.looking.types.get(declaration?.type ?? "");
    if (type?.undo?.below !== undefined && isSealed(row)) return this.sealedTypes.has(type.name);
    const below = declaration && type?.undo?.below?.(wantOf(type, declaration));
    return below !== undefined && [...this.traced].some((name) => name.startsWith(`${below}/`));
  }
}

const UNKNOWN = "it is sensitive, so whether others changed it since is not known; --force removes it all the same";

function changedStep(row: ResourceRow, changed: readonly string[]): Step {
  return cannot(row, `changed since it was written (${changed.join(", ")}); --force undoes it all the same`, "delete");
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

function release(row: ResourceRow, note: string, options: DestroyOptions): Step {
  return { ...silent(row, options), note };
}

function silent(row: ResourceRow, { now }: DestroyOptions): Step {
  const becomes = (): ResourceRow => removedRow(row, now());
  return { row, type: row.module, action: "release", changes: [], undone: true, becomes };
}
