import { addressText, type Address } from "../../base/address.ts";
import { holdsKeyed, isKeyed } from "../../base/digest.ts";
import type { Touched } from "../../engine/undo/destroy.ts";
import type { Leftover } from "../../engine/undo/leftovers.ts";
import type { Connection } from "./connection.ts";
import { fromName, type NameColumn } from "./names.ts";
import { readObject } from "./values.ts";

interface AddressColumns {
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
}

interface ChangeColumns extends AddressColumns {
  readonly id: number;
  readonly run: number;
  readonly type: string;
  readonly task: string;
  readonly location: string;
  readonly outcome: string | null;
  readonly after: string | null;
}

interface OriginalColumns extends AddressColumns {
  readonly original: string | null;
  readonly original_digest: string | null;
  readonly present_digest: string | null;
  readonly declared: number;
}

interface Seen {
  readonly at: Turn;
  last: ChangeColumns;
}

/** When something was first touched: first by calls, and within one by its changes. */
interface Turn {
  readonly call: number;
  readonly id: number;
}

/** In one walk over the history: in what order a stack first touched things since it last undid them, and what no declaration is about. */
export function touchedBy(connection: Connection, stack: number): Touched {
  const originals = connection.all<OriginalColumns>(ORIGINALS, stack).filter(({ declared }) => declared === 0);
  const calls = new Calls(new Map(originals.map((row) => [keyOf(row), new Set<string>()])));
  const seen = new Map<string, Seen>();
  for (const row of connection.each<ChangeColumns>(CHANGES, stack)) {
    const key = keyOf(row);
    const known = seen.get(key);
    const at = calls.turnOf(row, key);
    if (isUndone(row)) seen.delete(key);
    else if (known === undefined) seen.set(key, { at, last: row });
    else known.last = row;
  }
  const inOrder = [...seen].toSorted(([, { at: a }], [, { at: b }]) => a.call - b.call || a.id - b.id);
  return {
    firsts: new Map(inOrder.map(([key], index) => [key, index + 1])),
    leftOf: (address) => leftBy(connection.path, seen.get(addressText(address))?.last),
    leftovers: originals.map((row) => {
      const key = keyOf(row);
      return leftoverOf(connection.path, row, {
        last: seen.get(key)?.last,
        by: calls.undeclared.get(key) ?? new Set(),
      });
    }),
  };
}

/**
 * What a call touched on its way made room for what it is about, so it counts as touched before that, whatever was recorded first: a
 * directory before what is mounted there.
 */
class Calls {
  /** What the calls were about that touched each of these. */
  readonly undeclared: ReadonlyMap<string, Set<string>>;
  private readonly begun = new Map<string, Begun>();

  constructor(undeclared: ReadonlyMap<string, Set<string>>) {
    this.undeclared = undeclared;
  }

  turnOf({ id, run, task, location, type }: ChangeColumns, key: string): Turn {
    const name = `${run}\0${task}\0${location}\0${type}`;
    const call = this.begun.get(name);
    const by = this.undeclared.get(key);
    if (by !== undefined) {
      for (const one of call?.about ?? []) by.add(one);
      if (call !== undefined) call.hasTraces = true;
      return { call: (call?.first ?? id) - 0.5, id };
    }
    // The same line, in a loop: another call.
    if (call === undefined || call.hasTraces) this.begun.set(name, { first: id, about: [key], hasTraces: false });
    else call.about.push(key);
    return { call: id, id };
  }
}

interface Begun {
  readonly first: number;
  readonly about: string[];
  hasTraces: boolean;
}

function leftoverOf(
  path: string,
  row: OriginalColumns,
  { last, by }: { readonly last: ChangeColumns | undefined; readonly by: ReadonlySet<string> },
): Leftover {
  return {
    address: addressOf(row),
    by,
    type: last?.type ?? "",
    task: last?.task ?? "main",
    facts: readObject(path, row.original),
    digest: row.original_digest,
    ...presentOf(row.present_digest),
    left: leftBy(path, last),
  };
}

/** A keyed digest stands for that a sensitive call touched it. */
export function presentOf(digest: string | null): { readonly presentDigest: string | null; readonly sealed: boolean } {
  const sealed = digest !== null && isKeyed(digest);
  return { presentDigest: sealed ? null : digest, sealed };
}

function leftBy(path: string, last: ChangeColumns | undefined): Leftover["left"] {
  if (last === undefined || !isKnown(last.outcome)) return undefined;
  const left = readObject(path, last.after);
  return holdsKeyed(left) ? undefined : left;
}

function isKnown(outcome: string | null): boolean {
  return ["create", "update", "delete"].includes(outcome ?? "");
}

/** Earlier versions kept what had been there before of what they had put back. */
function isUndone({ location, outcome }: ChangeColumns): boolean {
  return /^(stack destroy|run --prune)/.test(location) && isKnown(outcome);
}

function addressOf({ host, kind, name }: AddressColumns): Address {
  return { host: fromName(host), kind: fromName(kind), name: fromName(name) };
}

function keyOf(row: AddressColumns): string {
  return addressText(addressOf(row));
}

const OF_CHANGES = "changes.id, changes.run, host, kind, name, type, task, location, outcome, after";
const CHANGES = `
  SELECT ${OF_CHANGES} FROM changes JOIN runs ON runs.id = changes.run
  WHERE runs.stack = ? AND action NOT IN ('run', 'none') AND (outcome IS NULL OR outcome <> 'none') ORDER BY changes.id`;
const ORIGINALS = `
  SELECT host, kind, name, original, original_digest, present_digest, EXISTS (
    SELECT 1 FROM resources WHERE resources.stack = undo.stack AND origin = 'module' AND resources.host = undo.host
      AND resources.kind = undo.kind AND resources.name = undo.name AND state <> 'removed'
  ) AS declared
  FROM undo WHERE stack = ?`;
