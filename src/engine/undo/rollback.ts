import { addressText, type Address } from "../../base/address.ts";
import { SlothError } from "../../base/errors.ts";
import { digestOf } from "../../base/digest.ts";
import { diffStated } from "../call/diff.ts";
import { findDrift, readKept } from "./find-drift.ts";
import { type ResourceRow } from "../record/record.ts";
import { encodeValue, type ValueObject } from "../../base/value.ts";
import { fileOf } from "./destroy.ts";
import { fixSteps } from "./fix.ts";
import { putBack, putFile, removedRow, takeAway, type UndoOptions } from "./put-back.ts";
import { holdsContents } from "./makers.ts";
import { isSealed } from "./sealed.ts";
import { cannot, type Step } from "./step.ts";

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
}

export interface RollbackOptions extends UndoOptions {
  readonly rows: readonly ResourceRow[];
  /** Other stacks of this database that keep it too: what they keep is not taken away. */
  readonly alsoIn: (address: Address) => readonly string[];
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
  for (const moment of moments) {
    const row = rows.get(addressText(moment.address)) ?? freshRow(moment, options.now());
    const path = partOf(row, options);
    if (path === undefined) wholes.push({ row, moment });
    else notePart(parts, row, path, moment);
  }
  const refresh = [...parts.values()].flatMap((part) => part.rows);
  for (const { row, moment: own } of wholes) {
    const moment = withParts(own, parts, (kind) => holdsContents(kind, options.looking.types));
    const step = await stepFor(row, moment, options);
    if (step !== undefined)
      (moment.facts === null ? away : back).push({ at: moment.facts === null ? moment.last : moment.first, step });
  }
  for (const part of parts.values()) {
    const step = await planned(part.row, () => partStep(part, options));
    if (step !== undefined)
      (part.moment.noFile ? away : back).push({ at: part.moment.noFile ? part.moment.last : part.moment.first, step });
  }
  const steps = [
    ...away.toSorted((a, b) => b.at - a.at).map(({ step }) => step),
    ...back.toSorted((a, b) => a.at - b.at).map(({ step }) => step),
    ...(await untold(moments, options)),
  ];
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
  if (isSealed(row)) return cannot(row, "it is sensitive, so what it was is not in the record");
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
  const path = fileOf(row, options);
  return holdsContents(row.kind, options.looking.types) ? undefined : path;
}

async function stepFor(
  row: ResourceRow,
  { facts, digest, type }: Past,
  options: RollbackOptions,
): Promise<Step | undefined> {
  return await planned(row, async () => {
    const others = facts === null ? options.alsoIn(row) : [];
    if (others.length > 0) return cannot(row, `kept by ${others.join(", ")} too, so it stays`, "delete");
    if (facts === null)
      return (await takeAway(row, options)) ?? (row.state === "removed" ? undefined : gone(row, options));
    if (isSealed(row)) return cannot(row, "it is sensitive, so what it was is not in the record");
    const step = await putBack(row, { facts, digest }, options);
    return step && { ...step, type, becomes: (after) => ({ ...step.becomes(after), module: type }) };
  });
}

/** What cannot be looked at cannot be put back either; all else can. */
async function planned(row: ResourceRow, plan: () => Promise<Step | undefined>): Promise<Step | undefined> {
  try {
    return await plan();
  } catch (thrown) {
    if (!(thrown instanceof SlothError)) throw thrown;
    return cannot(row, thrown.toString());
  }
}

/** Nothing is there, as then; only the record says other. */
function gone(row: ResourceRow, { now }: RollbackOptions): Step {
  return {
    row,
    type: row.module,
    action: "release",
    changes: [],
    note: "was not there then",
    becomes: () => removedRow(row, now()),
  };
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

/** The row of an address that is no longer in the record. */
function freshRow({ address, type, task }: Past, now: string): ResourceRow {
  return {
    ...address,
    id: 0,
    origin: "module",
    module: type,
    declarations: [],
    properties: null,
    checksum: digestOf(encodeValue(null)),
    appliedChecksum: null,
    state: "removed",
    error: null,
    adopted: false,
    probe: null,
    probeOutput: null,
    task,
    runId: null,
    createdAt: now,
    updatedAt: now,
    lastApplied: null,
  };
}
