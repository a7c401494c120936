import { addressText, type Address } from "../../base/address.ts";
import type { Touched } from "../../engine/undo/destroy.ts";
import type { Leftover } from "../../engine/undo/leftovers.ts";
import type { Connection } from "./connection.ts";
import { fromName, type NameColumn } from "./names.ts";
import { readObject } from "./values.ts";

interface ChangeColumns {
  readonly id: number;
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
  readonly type: string;
  readonly task: string;
  readonly location: string;
  readonly outcome: string | null;
  readonly after: string | null;
}

interface OriginalColumns {
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
  readonly original: string | null;
  readonly original_digest: string | null;
  readonly present_digest: string | null;
  readonly declared: number;
}

interface Seen {
  readonly first: number;
  last: ChangeColumns;
}

/** In one walk over the history: in what order a stack first touched things since it last undid them, and what no declaration is about. */
export function touchedBy(connection: Connection, stack: number): Touched {
  const seen = new Map<string, Seen>();
  for (const row of connection.each<ChangeColumns>(CHANGES, stack)) {
    const key = keyOf(row);
    const known = seen.get(key);
    if (isUndone(row)) seen.delete(key);
    else if (known === undefined) seen.set(key, { first: row.id, last: row });
    else known.last = row;
  }
  const leftovers: Leftover[] = [];
  for (const row of connection.all<OriginalColumns>(ORIGINALS, stack))
    if (row.declared === 0) leftovers.push(leftoverOf(connection.path, row, seen.get(keyOf(row))?.last));
  return {
    firsts: new Map([...seen].map(([key, { first }]) => [key, first])),
    leftOf: (address) => leftBy(connection.path, seen.get(addressText(address))?.last),
    leftovers,
  };
}

function leftoverOf(path: string, row: OriginalColumns, last: ChangeColumns | undefined): Leftover {
  return {
    address: addressOf(row),
    type: last?.type ?? "",
    task: last?.task ?? "main",
    facts: readObject(path, row.original),
    digest: row.original_digest,
    presentDigest: row.present_digest,
    left: leftBy(path, last),
  };
}

function leftBy(path: string, last: ChangeColumns | undefined): Leftover["left"] {
  return last !== undefined && isKnown(last.outcome) ? readObject(path, last.after) : undefined;
}

function isKnown(outcome: string | null): boolean {
  return ["create", "update", "delete"].includes(outcome ?? "");
}

/** Earlier versions kept what had been there before of what they had put back. */
function isUndone({ location, outcome }: ChangeColumns): boolean {
  return /^(stack destroy|run --prune)/.test(location) && isKnown(outcome);
}

function addressOf({ host, kind, name }: Pick<ChangeColumns, "host" | "kind" | "name">): Address {
  return { host: fromName(host), kind: fromName(kind), name: fromName(name) };
}

function keyOf(row: Pick<ChangeColumns, "host" | "kind" | "name">): string {
  return addressText(addressOf(row));
}

const OF_CHANGES = "changes.id, host, kind, name, type, task, location, outcome, after";
const CHANGES = `
  SELECT ${OF_CHANGES} FROM changes JOIN runs ON runs.id = changes.run
  WHERE runs.stack = ? AND action NOT IN ('run', 'none') AND (outcome IS NULL OR outcome <> 'none') ORDER BY changes.id`;
const ORIGINALS = `
  SELECT host, kind, name, original, original_digest, present_digest, EXISTS (
    SELECT 1 FROM resources WHERE resources.stack = undo.stack AND origin = 'module' AND resources.host = undo.host
      AND resources.kind = undo.kind AND resources.name = undo.name AND state <> 'removed'
  ) AS declared
  FROM undo WHERE stack = ?`;
