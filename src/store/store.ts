import { hostname } from "node:os";
import { SlothError, UsageError, type LockHolder } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { KeyValue } from "../engine/record/record.ts";
import type { Connection } from "./connection.ts";
import { pruneContents } from "./contents.ts";
import { backup, examine, type Finding } from "./doctor.ts";
import { writePrivate } from "./files.ts";
import { importStack, type Imported } from "./import.ts";
import { loadKey } from "./key.ts";
import { OWN, SHARED, StoredKeyValue } from "./key-value.ts";
import { openDatabase, type OpenMode } from "./open.ts";
import { Stack, type StackColumns } from "./stack.ts";
import { stamp } from "./stamp.ts";

export interface StoreOptions {
  readonly path: string;
  readonly mode: OpenMode;
  /** What this process is doing, for those who wait for its locks: "run site.lua". */
  readonly command?: string | undefined;
  /** Name of the user we are, for the same. */
  readonly who?: string | undefined;
}

/** null: mode `read` and there is no database yet. */
export async function openStore(options: StoreOptions): Promise<Store | null> {
  const connection = await openDatabase(options.path, options);
  return connection === null ? null : new Store(connection, options);
}

/** All that one database holds. */
export class Store implements Disposable {
  readonly path: string;
  readonly shared: KeyValue;
  private readonly mode: OpenMode;
  private readonly command: string;
  private readonly who: string;
  private readonly connection: Connection;

  constructor(connection: Connection, options: StoreOptions) {
    this.connection = connection;
    this.path = options.path;
    this.mode = options.mode;
    this.command = options.command ?? "sloth-runner";
    this.who = options.who ?? String(process.geteuid?.() ?? "?");
    this.shared = new StoredKeyValue(connection, SHARED, () => this.self());
  }

  /** Of keyed digests. */
  key(): Uint8Array {
    return loadKey(this.path, this.mode);
  }

  /** What this program keeps for itself from run to run; where the store is only read, nothing more is kept. */
  notes(): Pick<KeyValue, "get" | "set"> {
    const own = new StoredKeyValue(this.connection, OWN, () => this.self());
    return { get: (key) => own.get(key), set: (key, value) => this.mode === "write" && own.set(key, value) };
  }

  /** Who we are, for those who wait for our locks. */
  self(): LockHolder {
    return {
      who: this.who,
      host: hostname(),
      command: this.command,
      pid: process.pid,
      since: new Date().toISOString(),
    };
  }

  stacks(): readonly Stack[] {
    return this.connection.all<StackColumns>(`${SELECT} ORDER BY name`).map((columns) => this.asStack(columns));
  }

  find(name: string): Stack | null {
    const columns = this.connection.first<StackColumns>(`${SELECT} WHERE name = ?`, name);
    return columns === undefined ? null : this.asStack(columns);
  }

  /** Throws with the closest name. */
  mustFind(name: string): Stack {
    const stack = this.find(name);
    if (stack !== null) return stack;
    const names = this.connection.all<{ name: string }>("SELECT name FROM stacks ORDER BY name").map((row) => row.name);
    const hint = didYouMean(name, names) ?? "sloth-runner stack list shows the ones there are";
    throw new SlothError("E_STACK_UNKNOWN", `there is no stack ${name} in ${this.path}`, { hint });
  }

  create(name: string): Stack {
    checkStackName(name);
    return this.connection.write(() => {
      if (this.find(name) !== null) throw new SlothError("E_STACK_EXISTS", `there is a stack ${name} already`);
      return this.insert(name);
    });
  }

  /** The stack of that name, made now when there is none. */
  ensure(name: string): Stack {
    checkStackName(name);
    return this.find(name) ?? this.connection.write(() => this.find(name) ?? this.insert(name));
  }

  /** Its lock is the caller's. */
  rename(stack: Stack, name: string): void {
    checkStackName(name);
    this.connection.write(() => {
      if (this.find(name) !== null) throw new SlothError("E_STACK_EXISTS", `there is a stack ${name} already`);
      this.connection.run("UPDATE stacks SET name = ? WHERE id = ?", name, stack.rowId);
    });
  }

  /** Its record alone, never what it stands for, and only once an export of it is on the disk; answers where. Its lock is the caller's. */
  delete(stack: Stack): string {
    const path = `${this.path}.${stack.name}-${stamp()}.json`;
    writePrivate(path, (write) => stack.export({ contents: true }, write));
    this.connection.write(() => {
      this.connection.run("DELETE FROM stacks WHERE id = ?", stack.rowId);
      pruneContents(this.connection);
    });
    return path;
  }

  /** Of an export that was read; under another name when one is given. */
  import(imported: Imported, name: string = imported.name): Stack {
    checkStackName(name);
    importStack(this.connection, imported, name);
    return this.mustFind(name);
  }

  examine(): readonly Finding[] {
    return this.connection.snapshot(() => examine(this.connection, this.stacks()));
  }

  /** A copy of the whole database under a new name. */
  backup(to: string): void {
    backup(this.connection, to);
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }

  private insert(name: string): Stack {
    const at = new Date().toISOString();
    const sql = "INSERT INTO stacks (lineage, name, created_at, updated_at) VALUES (?, ?, ?, ?)";
    this.connection.run(sql, crypto.randomUUID(), name, at, at);
    return this.mustFind(name);
  }

  private asStack(columns: StackColumns): Stack {
    return new Stack(this.connection, columns, () => this.self());
  }
}

const SELECT = "SELECT id, lineage, name, version, status, created_at, updated_at FROM stacks";

/** Refuses with the rule. */
export function checkStackName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new UsageError(`${JSON.stringify(name)} cannot name a stack`, {
    hint: "a name has 1 to 128 letters, digits, '.', '_' and '-', and does not start with '.' or '-'",
  });
}
