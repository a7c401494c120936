import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import { isBusy, toDatabaseError } from "./errors.ts";

/** `synced`: on disk when it returns. `kept`: survives our death, not the machine's. */
export type Durability = "synced" | "kept";

const LONGEST_WAIT_MS = 10_000;

/**
 * An open database: prepared statements, transactions, and SQLite's errors as ours. A row has the type the caller names: the
 * tables are STRICT, so that the database itself checks what is in a column.
 */
export class Connection implements Disposable {
  readonly path: string;
  private readonly database: Database;
  private readonly statements = new Map<string, Statement<unknown, SQLQueryBindings[]>>();
  private open = true;

  constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
  }

  get isOpen(): boolean {
    return this.open;
  }

  all<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row[] {
    return this.translated(() => this.statement<Row>(sql).all(...bindings));
  }

  first<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row | undefined {
    return this.translated(() => this.statement<Row>(sql).get(...bindings)) ?? undefined;
  }

  /** Row by row; while it is not walked to its end nothing else may be asked with the same text. */
  *each<Row>(sql: string, ...bindings: SQLQueryBindings[]): Generator<Row> {
    const rows = this.translated(() => this.statement<Row>(sql).iterate(...bindings));
    for (;;) {
      const next = this.translated(() => rows.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  run(sql: string, ...bindings: SQLQueryBindings[]): { readonly changes: number; readonly id: number } {
    const done = this.translated(() => this.statement(sql).run(...bindings));
    return { changes: done.changes, id: Number(done.lastInsertRowid) };
  }

  /** One transaction, begun IMMEDIATE; inside another it is part of that one. */
  write<T>(work: () => T, durability: Durability = "kept"): T {
    if (this.database.inTransaction) return work();
    if (durability === "kept") return this.transaction(work);
    this.database.run("PRAGMA synchronous = FULL");
    try {
      return this.transaction(work);
    } finally {
      this.database.run("PRAGMA synchronous = NORMAL");
    }
  }

  /** All that `work` reads is of one moment, whoever writes meanwhile. */
  snapshot<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    this.run("BEGIN");
    try {
      return work();
    } finally {
      if (this.database.inTransaction) this.run("COMMIT");
    }
  }

  [Symbol.dispose](): void {
    if (!this.open) return;
    this.open = false;
    for (const statement of this.statements.values()) statement.finalize();
    this.database.close();
  }

  private transaction<T>(work: () => T): T {
    this.begin();
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      if (this.database.inTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  /** Each try waits busy_timeout inside SQLite; nobody holds the database for long, so the sum is bounded. */
  private begin(): void {
    const begin = this.statement("BEGIN IMMEDIATE");
    for (const start = performance.now(); ;) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (isBusy(error) && performance.now() - start < LONGEST_WAIT_MS) continue;
        throw toDatabaseError(this.path, error);
      }
    }
  }

  private statement<Row>(sql: string): Statement<Row, SQLQueryBindings[]> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.translated(() => this.database.prepare<unknown, SQLQueryBindings[]>(sql));
      this.statements.set(sql, statement);
    }
    return statement as Statement<Row, SQLQueryBindings[]>;
  }

  private translated<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(this.path, error);
    }
  }
}
