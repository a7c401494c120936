import { SQLiteError, type SQLQueryBindings } from "bun:sqlite";
import { DatabaseError, ScriptError, SlothError } from "../../base/errors.ts";
import { decodeValue } from "../../base/value.ts";
import type { Connection } from "./connection.ts";
import { FORMAT, FORMAT_VERSION } from "./export-format.ts";
import * as tables from "./tables.ts";
import { toName } from "./names.ts";
import { recordVerified } from "./verified.ts";

type Json = { readonly [name: string]: unknown };
type Bindings = readonly SQLQueryBindings[];

interface RunToInsert {
  readonly run: Bindings;
  readonly tasks: readonly Bindings[];
  readonly changes: readonly { readonly change: Bindings; readonly unsettled: boolean }[];
}

/** An export, checked whole, ready to be stored. */
export interface Imported {
  readonly name: string;
  readonly lineage: string;
  readonly stack: Bindings;
  readonly config: readonly Bindings[];
  readonly outputs: readonly Bindings[];
  readonly state: readonly Bindings[];
  readonly resources: readonly { readonly resource: Bindings; readonly verifiedAt: string | null }[];
  readonly undo: readonly Bindings[];
  readonly earlier: readonly Bindings[];
  readonly found: readonly Bindings[];
  readonly runs: readonly RunToInsert[];
  readonly contents: readonly Bindings[];
}

/** Throws ScriptError on what is no whole export of a version we know. `from` names it in messages. */
export function readExport(text: string, from: string): Imported {
  const document = parsed(text, from);
  const check = new Checker(from);
  check.head(document);
  const stack = check.object(document["stack"], "stack");
  const rows = (name: string, columns: tables.Columns) =>
    check.list(document, name).map((item, index) => check.row(columns, item, `${name}[${index}]`));
  const rowsIfAny = (name: string, columns: tables.Columns) =>
    document[name] === undefined ? [] : rows(name, columns);
  return {
    name: String(stack["name"]),
    lineage: String(stack["lineage"]),
    stack: check.row(tables.STACK, stack, "stack"),
    config: rows("config", tables.CONFIG),
    outputs: rows("outputs", tables.OUTPUT),
    state: rows("state", tables.STATE),
    resources: check.list(document, "resources").map((item, index) => check.resource(item, `resources[${index}]`)),
    undo: rows("undo", tables.UNDO),
    runs: check.list(document, "runs").map((item, index) => check.run(item, `runs[${index}]`)),
    earlier: rowsIfAny("earlier", tables.EARLIER),
    found: rowsIfAny("found", tables.FOUND),
    contents: rowsIfAny("contents", tables.CONTENTS),
  };
}

/**
 * Stores it whole or not at all; refuses when the stack, or one of that name, is here already, and what cannot be read back: `read` is
 * what reads it.
 */
export function importStack(connection: Connection, imported: Imported, name: string, read: () => void): void {
  try {
    connection.write(() => {
      store(connection, imported, name);
      read();
    }, "synced");
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "E_DB_DAMAGED") {
      const message =
        "something in it is not what an export holds (sloth-runner cannot read it back); nothing was imported";
      throw new ScriptError("E_IMPORT", message, { cause: error });
    }
    if (!(error instanceof SQLiteError) || (error.errno & 0xff) !== CONSTRAINT) throw error;
    throw new ScriptError("E_IMPORT", `it does not fit together (${error.message}); nothing was imported`, {
      cause: error,
    });
  }
}

const CONSTRAINT = 19;

function store(connection: Connection, imported: Imported, name: string): void {
  const present = connection.first<{ name: string }>(
    "SELECT name FROM stacks WHERE lineage = ? OR name = ?",
    imported.lineage,
    name,
  );
  if (present !== undefined) {
    const hint =
      present.name === name ? "give it another name with --as" : "it was imported before, or comes from here";
    throw new SlothError("E_STACK_EXISTS", `the stack is here already, as ${present.name}`, { hint });
  }
  const insert = (
    table: string,
    columns: tables.Columns,
    values: Bindings,
    more: Record<string, number> = {},
  ): number => {
    const names = [...tables.namesOf(columns), ...Object.keys(more)];
    const sql = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
    return connection.run(sql, ...values, ...Object.values(more)).id;
  };
  const stack = insert("stacks", tables.STACK, imported.stack);
  connection.run("UPDATE stacks SET name = ? WHERE id = ?", name, stack);
  for (const values of imported.config) insert("config", tables.CONFIG, values, { stack });
  for (const values of imported.outputs) insert("outputs", tables.OUTPUT, values, { stack });
  for (const values of imported.state) insert("kv", tables.STATE, values, { scope: stack });
  for (const values of imported.undo) insert("undo", tables.UNDO, values, { stack });
  for (const values of imported.earlier) insert("earlier", tables.EARLIER, values, { stack });
  for (const values of imported.found) insert("found", tables.FOUND, values, { stack });
  const verified = new Map<string, number[]>();
  for (const { resource, verifiedAt } of imported.resources) {
    const id = insert("resources", tables.RESOURCE, resource, { stack });
    if (verifiedAt === null) continue;
    const ids = verified.get(verifiedAt);
    if (ids === undefined) verified.set(verifiedAt, [id]);
    else ids.push(id);
  }
  for (const [at, ids] of [...verified].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    recordVerified(connection, stack, at, ids);
  for (const { run: values, tasks, changes } of imported.runs) {
    const run = insert("runs", tables.RUN, values, { stack });
    for (const task of tasks) insert("tasks", tables.TASK, task, { run });
    for (const { change: fields, unsettled } of changes) {
      const change = insert("changes", tables.CHANGE, fields, { run });
      if (unsettled) connection.run("INSERT INTO unsettled (change, stack) VALUES (?, ?)", change, stack);
    }
  }
  for (const [digest = null, ...rest] of imported.contents) {
    const known = connection.first("SELECT 1 FROM contents WHERE digest = ?", digest);
    if (known === undefined) insert("contents", tables.CONTENTS, [digest, ...rest]);
  }
}

function parsed(text: string, from: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ScriptError("E_IMPORT", `${from} is not JSON, or only a part of it`, { cause: error });
  }
  if (isJsonObject(document)) return document;
  throw new ScriptError("E_IMPORT", `${from} is not an export of a stack`);
}

/** Says where in the document something is not as it should be. */
class Checker {
  private readonly from: string;

  constructor(from: string) {
    this.from = from;
  }

  head(document: Json): void {
    if (document["format"] !== FORMAT) throw new ScriptError("E_IMPORT", `${this.from} is not an export of a stack`);
    const version = document["version"];
    if (version === FORMAT_VERSION) return;
    throw new ScriptError(
      "E_IMPORT",
      `${this.from} has version ${String(version)} of the format, this program knows 1`,
      {
        hint: "import it with a newer sloth-runner",
      },
    );
  }

  object(value: unknown, where: string): Json {
    return isJsonObject(value) ? value : this.wrong(where, "an object");
  }

  list(owner: Json, name: string, where = name): readonly unknown[] {
    const value = owner[name];
    return Array.isArray(value) ? value : this.wrong(where, "a list");
  }

  /** The columns in their order; `beside` names fields that are no columns. */
  row(columns: tables.Columns, value: unknown, where: string, beside: readonly string[] = []): Bindings {
    const object = this.object(value, where);
    for (const name of Object.keys(object)) {
      if (!Object.hasOwn(columns, name) && !beside.includes(name)) this.wrong(`${where}.${name}`, "nothing");
    }
    return Object.entries(columns).map(([name, declared]) => this.column(declared, object[name], `${where}.${name}`));
  }

  resource(value: unknown, where: string): Imported["resources"][number] {
    const resource = this.row(tables.RESOURCE, value, where, ["last_verified"]);
    const verifiedAt = this.column("text?", this.object(value, where)["last_verified"], `${where}.last_verified`);
    return { resource, verifiedAt: typeof verifiedAt === "string" ? verifiedAt : null };
  }

  run(value: unknown, where: string): RunToInsert {
    const object = this.object(value, where);
    const run = this.row(tables.RUN, object, where, ["tasks", "changes"]);
    const tasks = this.list(object, "tasks", `${where}.tasks`).map((task, index) =>
      this.row(tables.TASK, task, `${where}.tasks[${index}]`),
    );
    const changes = this.list(object, "changes", `${where}.changes`).map((change, index) => {
      const place = `${where}.changes[${index}]`;
      const unsettled = this.object(change, place)["unsettled"] === true;
      return { change: this.row(tables.CHANGE, change, place, ["unsettled"]), unsettled };
    });
    return { run, tasks, changes };
  }

  private column(declared: tables.Columns[string], value: unknown, where: string): SQLQueryBindings {
    const { kind, nullable } = tables.kindOf(declared);
    if (value === null && nullable) return null;
    if (kind === "json") return this.json(value, where);
    if (kind === "integer") return Number.isSafeInteger(value) ? Number(value) : this.wrong(where, "a whole number");
    if (typeof value !== "string") return this.wrong(where, "a text");
    if (kind === "bytes") return Buffer.from(value, "base64");
    return kind === "name" ? toName(value) : value;
  }

  private json(value: unknown, where: string): string {
    const text = value === undefined ? "" : JSON.stringify(value);
    try {
      decodeValue(text);
      return text;
    } catch {
      return this.wrong(where, "a value"); // what it is not says no more than that
    }
  }

  private wrong(where: string, expected: string): never {
    throw new ScriptError("E_IMPORT", `${this.from}: ${where} should be ${expected}; nothing was imported`);
  }
}

function isJsonObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
