import type { ExportOptions } from "../contract.ts";
import type { Connection } from "./connection.ts";
import { damaged } from "./errors.ts";
import * as format from "./export-format.ts";
import { fromName, type NameColumn } from "./names.ts";
import { lastVerified } from "./verified.ts";

type Row = { readonly [column: string]: null | number | NameColumn };
type Json = { readonly [name: string]: unknown };

/**
 * One JSON document, one row a line, the same for the same record. Secrets are not in it: they are not in the record; keyed
 * digests are, and are worth nothing without the key.
 */
export function* exportStack(connection: Connection, stack: number, options: ExportOptions): Generator<string> {
  const rows = (columns: format.Columns, from: string): Iterable<Json> => select(connection, columns, from, stack);
  const [head] = [...rows(format.STACK, "stacks WHERE id = ?")];
  yield `{\n"format": ${JSON.stringify(format.FORMAT)},\n"version": ${format.FORMAT_VERSION},\n`;
  yield `"stack": ${JSON.stringify(head)}`;
  yield* section("config", rows(format.CONFIG, "config WHERE stack = ? ORDER BY key"));
  yield* section("outputs", rows(format.OUTPUT, "outputs WHERE stack = ? ORDER BY key"));
  yield* section("state", rows(format.STATE, "kv WHERE scope = ? ORDER BY key"));
  yield* section("resources", resources(connection, stack));
  yield* section("undo", rows(format.UNDO, "undo WHERE stack = ? ORDER BY host, kind, name"));
  yield* section("runs", runs(connection, stack));
  if (options.contents) yield* section("contents", rows(format.CONTENTS, CONTENTS_OF_STACK));
  yield "\n}\n";
}

function* section(name: string, items: Iterable<Json>): Generator<string> {
  yield `,\n${JSON.stringify(name)}: [`;
  let separator = "\n";
  for (const item of items) {
    yield `${separator}${JSON.stringify(item)}`;
    separator = ",\n";
  }
  yield "]";
}

function* resources(connection: Connection, stack: number): Generator<Json> {
  const verified = lastVerified(connection, stack);
  const sql = `SELECT id, ${format.namesOf(format.RESOURCE).join(", ")} FROM resources WHERE stack = ? ORDER BY id`;
  for (const row of connection.each<Row>(sql, stack)) {
    const last_verified = verified.get(Number(row["id"])) ?? null;
    yield { ...toJson(connection.path, format.RESOURCE, row), last_verified };
  }
}

function* runs(connection: Connection, stack: number): Generator<Json> {
  const sql = `SELECT id, ${format.namesOf(format.RUN).join(", ")} FROM runs WHERE stack = ? ORDER BY number`;
  for (const row of connection.each<Row>(sql, stack)) {
    const tasks = [...select(connection, format.TASK, "tasks WHERE run = ? ORDER BY id", Number(row["id"]))];
    yield { ...toJson(connection.path, format.RUN, row), tasks, changes: [...changes(connection, Number(row["id"]))] };
  }
}

function* changes(connection: Connection, run: number): Generator<Json> {
  const unsettled = "EXISTS (SELECT 1 FROM unsettled WHERE change = changes.id) AS unsettled";
  const sql = `SELECT ${format.namesOf(format.CHANGE).join(", ")}, ${unsettled} FROM changes WHERE run = ? ORDER BY id`;
  for (const row of connection.each<Row>(sql, run)) {
    yield { ...toJson(connection.path, format.CHANGE, row), unsettled: row["unsettled"] === 1 };
  }
}

function* select(connection: Connection, columns: format.Columns, from: string, id: number): Generator<Json> {
  const sql = `SELECT ${format.namesOf(columns).join(", ")} FROM ${from}`;
  for (const row of connection.each<Row>(sql, id)) yield toJson(connection.path, columns, row);
}

const CONTENTS_OF_STACK = `contents WHERE digest IN (
  SELECT before_digest FROM changes JOIN runs ON runs.id = run WHERE runs.stack = ?1
  UNION SELECT after_digest FROM changes JOIN runs ON runs.id = run WHERE runs.stack = ?1
  UNION SELECT original_digest FROM undo WHERE stack = ?1
  UNION SELECT present_digest FROM undo WHERE stack = ?1
) ORDER BY digest`;

function toJson(path: string, columns: format.Columns, row: Row): Json {
  return Object.fromEntries(
    Object.entries(columns).map(([name, declared]) => [
      name,
      columnJson(path, format.kindOf(declared).kind, row[name] ?? null),
    ]),
  );
}

function columnJson(path: string, kind: string, column: null | number | NameColumn): unknown {
  if (column === null || typeof column === "number") return column;
  if (kind === "json") return parsed(path, fromName(column));
  return kind === "bytes" ? Buffer.from(column).toString("base64") : fromName(column);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, error);
  }
}
