import type { HistoryPast } from "../contract.ts";
import { addressText, type Address } from "../../base/address.ts";
import { parentOf } from "../../base/path.ts";
import { isDigest } from "../../base/digest.ts";
import type { Past } from "../../engine/undo/rollback.ts";
import type { Connection } from "./connection.ts";
import type { ValueObject } from "../../base/value.ts";
import { fromName, type NameColumn } from "./names.ts";
import { readObject } from "./values.ts";

/**
 * How everything was at the end of a run, as far as changes before and after it tell: what the last one up to it left, else what the first
 * one after it found.
 */
export function momentsOf(
  connection: Connection,
  stack: number,
  run: number,
  originalOf: (address: Address) => Original | undefined,
): HistoryPast {
  const found = new Map<string, Seen>();
  const gone = new Map<string, ChangeColumns>();
  let actionsSince = 0;
  for (const row of connection.each<ChangeColumns>(CHANGES, stack)) {
    const isAfter = row.number > run;
    if (row.action === "run") actionsSince += isAfter ? 1 : 0;
    if (row.action === "run" || row.action === "none") continue;
    const address = { host: fromName(row.host), kind: fromName(row.kind), name: fromName(row.name) };
    // What was only given another name is told by what was found then.
    if (row.outcome === "none" && (!isAfter || originalOf(address) === undefined)) continue;
    const key = addressText(address);
    if (!isAfter && isTakenAway(row)) gone.set(key, row);
    const seen = found.get(key) ?? seenFirst(address, row);
    found.set(key, seen);
    seen.last = row.id;
    if (isThrough(row)) continue;
    if (row.outcome !== "none") seen.end = row;
    if (isAfter) seen.after ??= row;
    // What a change that failed or was cut off left is not known, unless a later one tells what it found.
    else seen.before = row;
  }
  const truths = truthsAt(connection, stack, run);
  const addresses = [...found].flatMap(([key, seen]) =>
    thenOf(connection.path, seen, originalOf)
      .map((past) => withTruth(past, seen, truths.get(key)))
      .map((past) => withoutAbove(past, gone)),
  );
  return { addresses, actionsSince };
}

/** What a run that changed nothing of it found true. */
interface Truth {
  readonly run: number;
  readonly facts: ValueObject | null;
}

interface TruthColumns extends Pick<ChangeColumns, "host" | "kind" | "name"> {
  readonly run: number;
  readonly facts: string;
}

/** The newest of each address up to a run. */
function truthsAt(connection: Connection, stack: number, run: number): ReadonlyMap<string, Truth> {
  const rows = connection.all<TruthColumns>(TRUTHS, stack, run);
  return new Map(
    rows.map(({ host, kind, name, run: told, facts }) => [
      addressText({ host: fromName(host), kind: fromName(kind), name: fromName(name) }),
      { run: told, facts: readObject(connection.path, facts) },
    ]),
  );
}

const TRUTHS =
  "SELECT host, kind, name, max(run) AS run, facts FROM found WHERE stack = ? AND run <= ? GROUP BY host, kind, name";

/** What a later run found true says more than what the change before it left, or what the next one met. */
function withTruth(past: Past, { before }: Seen, truth: Truth | undefined): Past {
  if (truth === undefined || truth.facts === null || past.facts === null) return past;
  if (!past.since && before !== undefined && before.number >= truth.run) return past;
  const { content } = truth.facts;
  const digest = typeof content === "string" && isDigest(content) ? content : past.digest;
  return { ...past, facts: { ...past.facts, ...truth.facts }, digest };
}

/** What was in a directory went with it. */
function withoutAbove(past: Past, gone: ReadonlyMap<string, ChangeColumns>): Past {
  const { address, facts, since, told } = past;
  if (gone.size === 0 || facts === null || since || !address.name.startsWith("/")) return past;
  for (let name = address.name; name !== "/";) {
    name = parentOf(name);
    const taken = gone.get(addressText({ ...address, name }));
    if (taken !== undefined && taken.id > told) return { ...past, facts: null, digest: null, told: taken.id };
  }
  return past;
}

function isTakenAway({ outcome, before }: ChangeColumns): boolean {
  return outcome === "delete" && before?.includes('"type":"directory"') === true;
}

/** What was there before the stack. */
interface Original {
  readonly original: ValueObject | null;
  readonly originalDigest: string | null;
  readonly sealed: boolean;
}

interface Seen {
  readonly address: Address;
  readonly first: number;
  last: number;
  readonly type: string;
  readonly task: string;
  /** The last one of all; undefined: what a link there leads to was changed, and the path which that really is at has changes of its own. */
  end: ChangeColumns | undefined;
  before: ChangeColumns | undefined;
  after: ChangeColumns | undefined;
}

function seenFirst(address: Address, { id, type, task }: ChangeColumns): Seen {
  return { address, first: id, last: id, type, task, end: undefined, before: undefined, after: undefined };
}

interface ChangeColumns {
  readonly id: number;
  readonly number: number;
  readonly task: string;
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
  readonly type: string;
  readonly action: string;
  readonly outcome: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly before_digest: string | null;
  readonly after_digest: string | null;
}

const CHANGES = `
  SELECT changes.id, runs.number, task, host, kind, name, type, action, outcome, before, after, before_digest, after_digest
  FROM changes JOIN runs ON runs.id = changes.run WHERE runs.stack = ? ORDER BY changes.id`;

function thenOf(
  path: string,
  { address, first, last, end, before, after, ...seen }: Seen,
  originalOf: (address: Address) => Original | undefined,
): readonly Past[] {
  const known = isKnown(before);
  const left = end !== undefined && isKnown(end) ? readObject(path, end.after) : undefined;
  const elsewhere = end === undefined && before === undefined && after === undefined;
  const sealed = originalOf(address)?.sealed ?? false;
  const common = { address, first, last, left, elsewhere, sealed };
  if (elsewhere) return [{ ...common, ...seen, facts: null, digest: null, told: first, since: true, noFile: false }];
  if (known && before !== undefined) {
    const { type, task, after_digest: digest } = before;
    return [
      {
        ...common,
        type,
        task,
        facts: readObject(path, before.after),
        digest,
        told: before.id,
        since: false,
        noFile: false,
      },
    ];
  }
  if (after === undefined) return [];
  const { type, task } = after;
  // What the first change found may be what others had made of it by then: what the stack found when it began is surer.
  const original = before === undefined ? originalOf(address) : undefined;
  const facts = original === undefined ? readObject(path, after.before) : original.original;
  const digest = original === undefined ? after.before_digest : original.originalDigest;
  const noFile = digest === null && after.after_digest !== null;
  return [{ ...common, type, task, facts, digest, told: after.id, since: true, noFile }];
}

function isThrough({ before, after }: ChangeColumns): boolean {
  return before?.includes('"via":') === true || after?.includes('"via":') === true;
}

function isKnown(change: ChangeColumns | undefined): boolean {
  return ["create", "update", "delete"].includes(change?.outcome ?? "");
}
