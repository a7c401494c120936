import { addressText, type Address } from "../../base/address.ts";
import { holdsKeyed } from "../../base/digest.ts";
import { turns } from "../../base/turns.ts";
import { diffStated } from "../call/diff.ts";
import { isSealedName } from "../call/seal.ts";
import { findDrift, lookAt, readKept } from "./find-drift.ts";
import { type ResourceRow } from "../record/record.ts";
import { keptChecksum } from "../record/resource-row.ts";
import { isObject, sameValue, type ValueObject } from "../../base/value.ts";
import { fixSteps } from "./fix.ts";
import { orderPaths } from "./order-paths.ts";
import { rowOf } from "./leftovers.ts";
import { putBack, putFile, removedRow, restatedRow, takeAway, type UndoOptions } from "./put-back.ts";
import { fileOf, holdsContents, makerOf } from "./makers.ts";
import { isSealed, SECRET_NAME, SENSITIVE } from "./sealed.ts";
import { cannot, planned, type Step } from "./step.ts";

/** One address as it was at the end of the chosen run. */
export interface Past {
  readonly address: Address;
  readonly type: string;
  readonly task: string;
  readonly facts: ValueObject | null;
  readonly digest: string | null;
  /** Ids of its first and last change in the whole history: they tell the order. */
  readonly first: number;
  readonly last: number;
  /** Id of the change that tells it: by what it left, or, of one after the chosen run, by what it found. */
  readonly told: number;
  readonly since: boolean;
  /** A part of a file: there was no file either. */
  readonly noFile: boolean;
  /** It was changed through a link, and what that leads to is told apart. */
  readonly elsewhere: boolean;
  /** As the last change of all left it, where that is known. */
  readonly left?: ValueObject | null | undefined;
  /** A sensitive call touched it. */
  readonly sealed: boolean;
}

export interface RollbackOptions extends UndoOptions {
  readonly rows: readonly ResourceRow[];
  /** Other stacks of this database that keep it too: what they keep is not taken away. */
  readonly alsoIn: (address: Address) => readonly string[];
  /** What was there before the stack; undefined: it never changed it. */
  readonly originalOf: (address: Address) => { readonly facts: ValueObject | null } | undefined;
  /** When the chosen run ended. */
  readonly endedAt: string;
}

export interface RollbackPlan {
  readonly steps: readonly Step[];
  /** Rows of parts of files that are put back: what they are then is looked at afterwards. */
  readonly refresh: readonly ResourceRow[];
}

/** What brings every address to how it was: first what was not there is taken away, latest first, then all else is put back in order. */
export async function rollbackSteps(moments: readonly Past[], options: RollbackOptions): Promise<RollbackPlan> {
  const rows = new Map(options.rows.filter(({ origin }) => origin === "module").map((row) => [addressText(row), row]));
  const parts = new Map<string, Part>();
  const away: { readonly at: number; readonly step: Step }[] = [];
  const back: { readonly at: number; readonly step: Step }[] = [];
  const wholes: { readonly row: ResourceRow; readonly moment: Past }[] = [];
  const others: ResourceRow[] = [];
  for (const moment of moments) {
    const row = rows.get(addressText(moment.address)) ?? rowOf(moment, options.now());
    const path = partOf(row, options);
    if (moment.elsewhere || isUndoneBelow(row, options)) others.push(row);
    else if (path === undefined) wholes.push({ row, moment });
    else notePart(parts, row, path, moment);
  }
  const refresh = [...[...parts.values()].flatMap((part) => part.rows), ...others];
  const turn = turns(options.looking.call.signal);
  for (const { row, moment: own } of wholes) {
    const moment = withParts(own, parts, (kind) => holdsContents(kind, options.looking.types));
    const step = await stepFor(row, moment, options);
    (moment.facts === null ? away : back).push({ at: moment.facts === null ? moment.last : moment.first, step });
    await turn();
  }
  for (const part of parts.values()) {
    const step = await planned(part.row, () => partStep(part, options));
    (part.moment.noFile ? away : back).push({ at: part.moment.noFile ? part.moment.last : part.moment.first, step });
  }
  const steps = orderPaths([
    ...away.toSorted((a, b) => b.at - a.at).map(({ step }) => step),
    ...back.toSorted((a, b) => a.at - b.at).map(({ step }) => step),
    ...(await untold(moments, options)),
    ...undeclared(moments, options),
  ]);
  return { steps, refresh };
}

/** Parts of one file are put back by the file as a whole: as the last change of any of them left it. */
interface Part {
  readonly path: string;
  readonly rows: ResourceRow[];
  readonly moments: Past[];
  row: ResourceRow;
  moment: Past;
}

function notePart(parts: Map<string, Part>, row: ResourceRow, path: string, moment: Past): void {
  const key = `${row.host}\0${path}`;
  const known = parts.get(key);
  if (known === undefined) return void parts.set(key, { path, rows: [row], moments: [moment], row, moment });
  known.rows.push(row);
  known.moments.push(moment);
  if (!isLater(moment, known.moment)) return;
  known.row = row;
  known.moment = moment;
}

/** What a change left is surer than what a later one found: somebody may have been there in between. */
function isLater(a: Past, b: Past): boolean {
  if (a.since !== b.since) return b.since;
  return a.since ? a.told < b.told : a.told > b.told;
}

/** A file that is also kept in parts: with the contents they left, and not put back a second time for them. */
function withParts(moment: Past, parts: Map<string, Part>, isWhole: (kind: string) => boolean): Past {
  const key = `${moment.address.host}\0${moment.address.name}`;
  const part = isWhole(moment.address.kind) ? parts.get(key) : undefined;
  if (part === undefined) return moment;
  parts.delete(key);
  return moment.facts !== null && isLater(part.moment, moment)
    ? { ...moment, digest: part.moment.digest ?? moment.digest }
    : moment;
}

async function partStep(part: Part, options: RollbackOptions): Promise<Step | undefined> {
  const { path, row, moment } = part;
  if (isSealed(row)) return cannot(row, SENSITIVE);
  if (moment.digest === null && !moment.noFile)
    return cannot(row, `the contents of ${path} are not kept in the record`);
  const step = await putFile(row, path, moment.digest, options, () => row);
  return step && { ...step, along: await othersOf(part, options) };
}

/** The other parts that are not what they were then. */
async function othersOf(
  { rows, moments, row: main }: Part,
  { looking }: RollbackOptions,
): Promise<readonly ResourceRow[]> {
  const others: ResourceRow[] = [];
  for (const [index, row] of rows.entries()) {
    const then = moments[index]?.facts ?? null;
    const now = await readKept(row, looking);
    const isSame = then === null || now === null ? then === now : diffStated(now, then).changes.length === 0;
    if (row !== main && !isSame) others.push(row);
  }
  return others;
}

function partOf(row: ResourceRow, options: UndoOptions): string | undefined {
  const path = fileOf(row, options.looking.types);
  return holdsContents(row.kind, options.looking.types) ? undefined : path;
}

async function stepFor(
  row: ResourceRow,
  { facts, digest, left, type, told, last, sealed }: Past,
  options: RollbackOptions,
): Promise<Step> {
  return await planned(row, async () => {
    const isTrace = row.id === 0;
    const others = facts === null ? options.alsoIn(row) : [];
    if (others.length > 0) return cannot(row, `kept by ${others.join(", ")} too, so it stays`, "delete");
    if (isTrace && isSealedName(row.name)) return cannot(row, SECRET_NAME);
    if (facts !== null && (isSealed(row) || (isTrace && holdsKeyed(facts)))) {
      if (told === last && (isTrace || (await lookAt(row, options.looking)).kind === "ok")) return undefined;
      return cannot(row, SENSITIVE);
    }
    if (facts !== null) {
      const step = await putBack(row, { facts, digest, left }, options);
      if (isTrace) return step && { ...step, trace: true, sealed };
      if (step === undefined && told === last) return undefined;
      if (step === undefined) return asThen(row, restatedRow(row, { facts, digest }, options));
      return { ...step, type, becomes: (after) => ({ ...step.becomes(after), module: type }) };
    }
    const absent = absentRow(row, options);
    const step = await takeAway(row, options);
    if (isTrace) return step && { ...step, trace: true, sealed };
    if (step !== undefined) return { ...step, becomes: () => absent };
    return row.state === absent.state && row.properties === null ? undefined : asThen(row, absent);
  });
}

/** On the machine all is as it was then; only the record says other. */
function asThen(row: ResourceRow, then: ResourceRow | undefined): Step | undefined {
  if (then === undefined || saysTheSame(row, then)) return undefined;
  return { row, type: row.module, action: "release", changes: [], note: "is as it was then", becomes: () => then };
}

/** What is recorded of it is nothing else than how it was then. */
function saysTheSame({ state, properties }: ResourceRow, then: ResourceRow): boolean {
  if (state !== then.state || !isObject(properties) || !isObject(then.properties)) return false;
  const was = then.properties;
  return Object.entries(properties).every(([name, value]) => was[name] !== undefined && sameValue(value, was[name]));
}

/** Kept absent where something had been there before the stack; else no longer kept. */
function absentRow(row: ResourceRow, options: RollbackOptions): ResourceRow {
  const original = options.originalOf(row);
  const maker = makerOf(row.kind, options.looking.types);
  const bare = maker?.undo?.restate?.(row.name, null);
  if (original === undefined || original.facts === null || maker === undefined || bare === undefined || bare === null)
    return removedRow(row, options.now());
  const declarations = [{ type: maker.name, version: maker.version, want: bare.want, stated: null }];
  const checksum = keptChecksum(declarations, null);
  return { ...row, declarations, properties: null, checksum, state: "applied", error: null, updatedAt: options.now() };
}

/** What it did is told path by path. */
function isUndoneBelow(row: ResourceRow, { looking }: RollbackOptions): boolean {
  const type = looking.types.get(row.declarations.at(-1)?.type ?? "");
  return type?.undo?.below !== undefined;
}

/** What later runs only found right is let go of: at the end of that run nobody had declared it. */
function undeclared(moments: readonly Past[], { rows, endedAt, now }: RollbackOptions): readonly Step[] {
  const told = new Set(moments.map(({ address }) => addressText(address)));
  return rows
    .filter((row) => row.origin === "module" && row.state !== "removed" && row.createdAt > endedAt)
    .filter((row) => !told.has(addressText(row)))
    .map((row) => ({
      row,
      type: row.module,
      action: "release" as const,
      changes: [],
      becomes: () => removedRow(row, now()),
    }));
}

/** What no change tells of was found right in all runs: it is put back as drift would be. */
async function untold(moments: readonly Past[], options: RollbackOptions): Promise<readonly Step[]> {
  const told = new Set(moments.map(({ address }) => addressText(address)));
  const others = options.rows.filter(
    (row) => row.origin === "module" && !told.has(addressText(row)) && row.createdAt <= options.endedAt,
  );
  const findings = await findDrift(others, options.looking);
  const { types } = options.looking;
  return findings.flatMap((finding) => fixSteps(finding, { types, contents: options.contents, now: options.now }));
}
