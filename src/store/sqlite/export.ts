import type { ExportOptions } from "../contract.ts";
import type { Connection } from "./connection.ts";
import { damaged } from "./errors.ts";
import { FORMAT, FORMAT_VERSION } from "./export-format.ts";
import * as tables from "./tables.ts";
import { fromName, type NameColumn } from "./names.ts";
import { lastVerified } from "./verified.ts";

type Row = { readonly [column: string]: null | number | NameColumn };
type Json = { readonly [name: string]: unknown };

/**
 * One JSON document, one row a line, the same for the same record. Secrets are not in it: they are not in the record; keyed
 * digests are, and are worth nothing without the key.
 */
export function* exportStack(connection: Connection, stack: number, options: ExportOptions): Generator<string> {
  const rows = (columns: tables.Columns, from: string): Iterable<Json> => select(connection, columns, from, stack);
  const [head] = [...rows(tables.STACK, "stacks WHERE id = ?")];
  yield `{\n"format": ${JSON.stringify(FORMAT)},\n"version": ${FORMAT_VERSION},\n`;
  yield `"stack": ${JSON.stringify(head)}`;
  yield* section("config", rows(tables.CONFIG, "config WHERE stack = ? ORDER BY key"));
  yield* section("outputs", rows(tables.OUTPUT, "outputs WHERE stack = ? ORDER BY key"));
  yield* section("state", rows(tables.STATE, "kv WHERE scope = ? ORDER BY key"));
  yield* section("resources", resources(connection, stack));
  yield* section("undo", rows(tables.UNDO, "undo WHERE stack = ? ORDER BY host, kind, name"));
  yield* section("earlier", rows(tables.EARLIER, EARLIER));
  yield* section("found", rows(tables.FOUND, "found WHERE stack = ? ORDER BY host, kind, name, run"));
  yield* section("runs", runs(connection, stack));
  if (options.contents) yield* section("contents", rows(tables.CONTENTS, CONTENTS_OF_STACK));
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
  const sql = `SELECT id, ${tables.listed(tables.RESOURCE)} FROM resources WHERE stack = ? ORDER BY id`;
  for (const row of connection.each<Row>(sql, stack)) {
    const last_verified = verified.get(Number(row["id"])) ?? null;
    yield { ...toJson(connection.path, tables.RESOURCE, row), last_verified };
  }
}

function* runs(connection: Connection, stack: number): Generator<Json> {
  const sql = `SELECT id, ${tables.listed(tables.RUN)} FROM runs WHERE stack = ? ORDER BY number`;
  for (const row of connection.each<Row>(sql, stack)) {
    const tasks = [...select(connection, tables.TASK, "tasks WHERE run = ? ORDER BY id", Number(row["id"]))];
    yield { ...toJson(connection.path, tables.RUN, row), tasks, changes: [...changes(connection, Number(row["id"]))] };
  }
}

function* changes(connection: Connection, run: number): Generator<Json> {
  const unsettled = "EXISTS (SELECT 1 FROM unsettled WHERE change = changes.id) AS unsettled";
  const sql = `SELECT ${tables.listed(tables.CHANGE)}, ${unsettled} FROM changes WHERE run = ? ORDER BY id`;
  for (const row of connection.each<Row>(sql, run)) {
    yield { ...toJson(connection.path, tables.CHANGE, row), unsettled: row["unsettled"] === 1 };
  }
}

function* select(connection: Connection, columns: tables.Columns, from: string, id: number): Generator<Json> {
  const sql = `SELECT ${tables.listed(columns)} FROM ${from}`;
  for (const row of connection.each<Row>(sql, id)) yield toJson(connection.path, columns, row);
}

/** Numbered so that they come before all changes of the place where they are imported. */
const EARLIER = `(
  SELECT host, kind, name, row_number() OVER (ORDER BY change, host, kind, name) - 1 - count(*) OVER () AS change,
    before_digest, after_digest FROM earlier WHERE stack = ?
) ORDER BY change`;
const CONTENTS_OF_STACK = `contents WHERE digest IN (
  SELECT before_digest FROM changes JOIN runs ON runs.id = run WHERE runs.stack = ?1
  UNION SELECT after_digest FROM changes JOIN runs ON runs.id = run WHERE runs.stack = ?1
  UNION SELECT original_digest FROM undo WHERE stack = ?1
  UNION SELECT present_digest FROM undo WHERE stack = ?1
) ORDER BY digest`;

function toJson(path: string, columns: tables.Columns, row: Row): Json {
  return Object.fromEntries(
    Object.entries(columns).map(([name, declared]) => [
      name,
      columnJson(path, tables.kindOf(declared).kind, row[name] ?? null),
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
