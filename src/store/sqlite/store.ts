import type { Value } from "../../base/value.ts";
import type { ExportGiven, Finding, Stack, Store } from "../contract.ts";
import { checkStackName } from "../stack-name.ts";
import { hostname } from "node:os";
import { SlothError, type LockHolder } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Connection } from "./connection.ts";
import { pruneContents } from "./contents.ts";
import { examine } from "./doctor.ts";
import { readAll } from "./read-all.ts";
import { backup } from "./restore.ts";
import { writePrivate } from "./files.ts";
import { importStack, readExport } from "./import.ts";
import { loadKey, takeKey } from "./key.ts";
import { OWN, SHARED, StoredKeyValue } from "./key-value.ts";
import { openDatabase, type OpenMode } from "./open.ts";
import { SqliteStack, type StackColumns } from "./stack.ts";
import { stamp } from "./stamp.ts";

export interface SqliteOptions {
  readonly path: string;
  readonly mode: OpenMode;
  /** What this process is doing, for those who wait for its locks: "run site.lua". */
  readonly command?: string | undefined;
  /** Name of the user we are, for the same. */
  readonly who?: string | undefined;
}

/** null: mode `read` and there is no database yet. */
export async function openSqlite(options: SqliteOptions): Promise<SqliteStore | null> {
  const connection = await openDatabase(options.path, options);
  return connection === null ? null : new SqliteStore(connection, options);
}

/** All that one database holds. */
export class SqliteStore implements Store, Disposable {
  readonly place: string;
  readonly shared: StoredKeyValue;
  private readonly mode: OpenMode;
  private readonly command: string;
  private readonly who: string;
  private readonly connection: Connection;

  constructor(connection: Connection, options: SqliteOptions) {
    this.connection = connection;
    this.place = options.path;
    this.mode = options.mode;
    this.command = options.command ?? "sloth-runner";
    this.who = options.who ?? String(process.geteuid?.() ?? "?");
    this.shared = new StoredKeyValue(connection, SHARED, () => this.self());
  }

  /** Of keyed digests. */
  key(): Uint8Array {
    return loadKey(this.connection.path, this.mode, this.place);
  }

  takeKey(key: Uint8Array): boolean {
    return takeKey(this.connection.path, key);
  }

  /** What this program keeps for itself from run to run; where the store is only read, nothing more is kept. */
  notes() {
    const own = new StoredKeyValue(this.connection, OWN, () => this.self());
    return {
      get: (key: string) => own.get(key),
      set: (key: string, value: Value) => {
        if (this.mode === "write") own.set(key, value);
      },
    };
  }

  /** Who we are, for those who wait for our locks. */
  private self(): LockHolder {
    return {
      who: this.who,
      host: hostname(),
      command: this.command,
      pid: process.pid,
      since: new Date().toISOString(),
    };
  }

  stacks(): readonly SqliteStack[] {
    return this.connection.all<StackColumns>(`${SELECT} ORDER BY name`).map((columns) => this.asStack(columns));
  }

  find(name: string): SqliteStack | null {
    const columns = this.connection.first<StackColumns>(`${SELECT} WHERE name = ?`, name);
    return columns === undefined ? null : this.asStack(columns);
  }

  /** Throws with the closest name. */
  mustFind(name: string): SqliteStack {
    const stack = this.find(name);
    if (stack !== null) return stack;
    const names = this.connection.all<{ name: string }>("SELECT name FROM stacks ORDER BY name").map((row) => row.name);
    const hint = didYouMean(name, names) ?? "sloth-runner stack list shows the ones there are";
    throw new SlothError("E_STACK_UNKNOWN", `there is no stack ${name} in ${this.place}`, { hint });
  }

  create(name: string): SqliteStack {
    checkStackName(name);
    return this.connection.write(() => {
      if (this.find(name) !== null) throw new SlothError("E_STACK_EXISTS", `there is a stack ${name} already`);
      return this.insert(name);
    });
  }

  /** The stack of that name, made now when there is none. */
  ensure(name: string): SqliteStack {
    checkStackName(name);
    return this.find(name) ?? this.connection.write(() => this.find(name) ?? this.insert(name));
  }

  /** Its lock is the caller's. */
  rename(stack: Stack, name: string): void {
    checkStackName(name);
    this.connection.write(() => {
      if (this.find(name) !== null) throw new SlothError("E_STACK_EXISTS", `there is a stack ${name} already`);
      this.connection.run("UPDATE stacks SET name = ? WHERE id = ?", name, rowOf(stack));
    });
  }

  /** Its record alone, never what it stands for, and only once an export of it is on the disk; answers where. Its lock is the caller's. */
  delete(stack: Stack): string {
    const path = `${this.place}.${stack.name}-${stamp()}.json`;
    writePrivate(path, (write) => void stack.export({ contents: true }, write));
    this.connection.write(() => {
      this.connection.run("DELETE FROM stacks WHERE id = ?", rowOf(stack));
      pruneContents(this.connection);
    });
    return path;
  }

  import({ text, from, as }: ExportGiven): SqliteStack {
    const imported = readExport(text, from);
    const name = as ?? imported.name;
    checkStackName(name);
    importStack(this.connection, imported, name, () => readAll(this.mustFind(name)));
    return this.mustFind(name);
  }

  examine(): readonly Finding[] {
    return this.connection.snapshot(() => examine(this.connection, () => this.stacks()));
  }

  /** A copy of the whole database under a new name. */
  backup(to: string): void {
    backup(this.connection, to);
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }

  private insert(name: string): SqliteStack {
    const at = new Date().toISOString();
    const sql = "INSERT INTO stacks (lineage, name, created_at, updated_at) VALUES (?, ?, ?, ?)";
    this.connection.run(sql, crypto.randomUUID(), name, at, at);
    return this.mustFind(name);
  }

  private asStack(columns: StackColumns): SqliteStack {
    return new SqliteStack(this.connection, columns, () => this.self());
  }
}

const SELECT = "SELECT id, lineage, name, version, status, created_at, updated_at FROM stacks";

/** A stack is handed back to the store it came from. */
function rowOf(stack: Stack): number {
  if (stack instanceof SqliteStack) return stack.rowId;
  throw new TypeError("a stack of another store");
}
