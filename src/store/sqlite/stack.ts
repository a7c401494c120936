import type {
  ChainFault,
  ChildRecord,
  DriftMark,
  ExportOptions,
  HistoryPast,
  Redact,
  Retention,
  RunDetails,
  RunSummary,
  Stack,
  UndoFacts,
} from "../contract.ts";
import type { Address } from "../../base/address.ts";
import { StackLockedError, type LockHolder } from "../../base/errors.ts";
import type { ResourceRow, RunHead, StackRecord, Unsettled } from "../../engine/record/record.ts";
import { encodeValue, type Value, type ValueObject } from "../../base/value.ts";
import { forgetChildren, leftChildren, noteChild } from "./children.ts";
import { verifyChain } from "./chain.ts";
import type { OtherRow } from "../../engine/undo/keepers.ts";
import type { Connection } from "./connection.ts";
import { pruneContents, readContents } from "./contents.ts";
import { exportStack } from "./export.ts";
import { listRuns, pruneHistory, readRun } from "./history.ts";
import { beginRun, unsettledOf, type RunJournal } from "./journal.ts";
import { StoredKeyValue } from "./key-value.ts";
import { lockHolder, presentHolder, takeLock, type HeldLock } from "./lock.ts";
import { FileChanges } from "./earlier.ts";
import { momentsOf } from "./moments.ts";
import { fromName, type NameColumn, toName } from "./names.ts";
import { Resources } from "./resources.ts";
import { readObject, readValue } from "./values.ts";
import { presentOf, touchedBy } from "./touched.ts";
import { lastVerified } from "./verified.ts";

export interface StackColumns {
  readonly id: number;
  readonly lineage: string;
  readonly name: string;
  readonly version: number;
  readonly status: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a change replaced and left: for drift --fix, destroy and rollback. */
export interface Undo {
  /** All facts before the stack first changed it; null: it was not there. */
  readonly original: ValueObject | null;
  readonly originalDigest: string | null;
  readonly presentDigest: string | null;
  /** A sensitive call touched it, so that nothing of it is told. */
  readonly sealed: boolean;
}

/** One stack: its record, its keys, its defaults for `values`, its lock and its runs. */
export class SqliteStack implements Stack {
  readonly rowId: number;
  readonly id: string;
  readonly name: string;
  /** Grows by one with every run that ends. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly record: StackRecord;
  readonly state: StoredKeyValue;
  private readonly connection: Connection;
  private readonly rows: Resources;
  private readonly self: () => LockHolder;

  constructor(connection: Connection, columns: StackColumns, self: () => LockHolder) {
    this.connection = connection;
    this.rowId = columns.id;
    this.id = columns.lineage;
    this.name = columns.name;
    this.version = columns.version;
    this.createdAt = columns.created_at;
    this.updatedAt = columns.updated_at;
    this.rows = new Resources(connection, columns.id);
    this.self = self;
    this.record = new StoredRecord(connection, columns, this.rows);
    this.state = new StoredKeyValue(connection, columns.id, self);
  }

  /** Throws StackLockedError that names the holder. Only one run at a time: begin one only while holding this. */
  async takeLock(timeoutMs: number, signal: AbortSignal): Promise<HeldLock> {
    const held = await takeLock(this.connection, this.lockName, this.self(), timeoutMs, signal);
    if (held !== null) return held;
    throw new StackLockedError(this.name, await lockHolder(this.connection, this.lockName));
  }

  /** The record's, but "interrupted" where nobody is running what says that it runs. */
  status(): string {
    const { status } = this.record;
    return status === "running" && this.lockedBy() === null ? "interrupted" : status;
  }

  resources(): readonly ResourceRow[] {
    return this.rows.all();
  }

  outputs(): ReadonlyMap<string, Value> {
    return this.record.outputs();
  }

  markDrift(marks: readonly DriftMark[]): number {
    return this.connection.write(() => marks.filter((mark) => this.rows.markDrift(mark)).length);
  }

  /** How many resources are in each state. */
  states(): ReadonlyMap<string, number> {
    const sql = "SELECT state, count(*) AS count FROM resources WHERE stack = ? GROUP BY state ORDER BY state";
    const rows = this.connection.all<{ state: string; count: number }>(sql, this.rowId);
    return new Map(rows.map(({ state, count }) => [state, count]));
  }

  /** For showing; whoever needs it to stay so takes the lock. */
  lockedBy(): LockHolder | null {
    return presentHolder(this.connection, this.lockName);
  }

  beginRun(head: RunHead, redact: Redact = (text) => text): RunJournal {
    return beginRun(this.connection, this.rowId, this.rows, head, redact);
  }

  /** Changes of earlier runs that were not delivered to all who depend on them. */
  unsettled(): readonly Unsettled[] {
    return unsettledOf(this.connection, this.rowId);
  }

  config(): ReadonlyMap<string, Value> {
    const sql = "SELECT key, value FROM config WHERE stack = ? ORDER BY key";
    const rows = this.connection.all<{ key: string; value: string }>(sql, this.rowId);
    return new Map(rows.map(({ key, value }) => [key, readValue(this.connection.path, value)]));
  }

  setConfig(key: string, value: Value): void {
    const sql = "INSERT OR REPLACE INTO config (stack, key, value) VALUES (?, ?, ?)";
    this.connection.write(() => this.connection.run(sql, this.rowId, key, encodeValue(value)));
  }

  deleteConfig(key: string): boolean {
    const sql = "DELETE FROM config WHERE stack = ? AND key = ?";
    return this.connection.write(() => this.connection.run(sql, this.rowId, key)).changes > 0;
  }

  /** Newest first. */
  runs(limit: number): readonly RunSummary[] {
    return listRuns(this.connection, this.rowId, limit).map((run) => this.seen(run));
  }

  run(number: number): RunDetails | null {
    const run = readRun(this.connection, this.rowId, number);
    return run === null ? null : this.seen(run);
  }

  /** A run that says it is running, while nobody holds the lock, was cut off. */
  private seen<R extends RunSummary>(run: R): R {
    return run.status === "running" && this.lockedBy() === null ? { ...run, status: "interrupted" } : run;
  }

  /** null: what is recorded of every run is what was recorded when it ended. */
  verify(): ChainFault | null {
    return this.connection.snapshot(() => verifyChain(this.connection, this.rowId));
  }

  /** Removes the oldest runs beyond the retention and the contents nothing refers to; answers how many runs. */
  prune(retention: Retention): number {
    return this.connection.write(() => {
      const count = pruneHistory(this.connection, this.rowId, retention);
      if (count > 0) pruneContents(this.connection);
      return count;
    });
  }

  /** Takes rows out of the record; what they stand for is left as it is. */
  forget(rows: readonly ResourceRow[]): void {
    const tables = ["undo", "earlier", "found"];
    this.connection.write(() => {
      for (const row of rows) {
        this.rows.remove(row);
        if (row.origin !== "module") continue;
        const at = [this.rowId, toName(row.host), toName(row.kind), toName(row.name)] as const;
        for (const table of tables)
          this.connection.run(`DELETE FROM ${table} WHERE stack = ? AND host = ? AND kind = ? AND name = ?`, ...at);
      }
    });
  }

  /** The record as one JSON document (docs/export.md), of one moment, piece by piece. */
  export(options: ExportOptions, write: (piece: string) => void): void {
    this.connection.snapshot(() => {
      for (const piece of exportStack(this.connection, this.rowId, options)) write(piece);
    });
  }

  /** How hosts were reached last, by name. */
  hosts(): ReadonlyMap<string, Value> {
    const sql = "SELECT name, entry FROM hosts WHERE stack = ? ORDER BY name";
    const rows = this.connection.all<{ name: string; entry: string }>(sql, this.rowId);
    return new Map(rows.map(({ name, entry }) => [name, readValue(this.connection.path, entry)]));
  }

  rememberHost(name: string, entry: Value): void {
    const sql = "INSERT OR REPLACE INTO hosts (stack, name, entry) VALUES (?, ?, ?)";
    this.connection.write(() => this.connection.run(sql, this.rowId, name, encodeValue(entry)));
  }

  /** By resource id: when a run last found it right. */
  lastVerified(): ReadonlyMap<number, string> {
    return lastVerified(this.connection, this.rowId);
  }

  undo(address: Address): Undo | undefined {
    const { host, kind, name } = address;
    const sql = `SELECT original, original_digest, present_digest FROM undo WHERE stack = ? AND host = ? AND kind = ? AND name = ?`;
    const row = this.connection.first<UndoColumns>(sql, this.rowId, toName(host), toName(kind), toName(name));
    if (row === undefined) return undefined;
    const original = readObject(this.connection.path, row.original);
    return { original, originalDigest: row.original_digest, ...presentOf(row.present_digest) };
  }

  /** Records a command at work; answers what forgets it. */
  noteChild(child: ChildRecord): () => void {
    return noteChild(this.connection, this.rowId, child);
  }

  leftChildren(): readonly ChildRecord[] {
    return leftChildren(this.connection, this.rowId);
  }

  forgetChildren(): void {
    forgetChildren(this.connection, this.rowId);
  }

  /** How everything was at the end of a run. */
  moments(run: number): HistoryPast {
    return this.connection.snapshot(() => momentsOf(this.connection, this.rowId, run, (address) => this.undo(address)));
  }

  /** What undo asks of the record. */
  undoing(): UndoFacts {
    const files = new FileChanges(this.connection, this.rowId);
    return {
      contents: (digest: string) => this.contents(digest),
      now: () => new Date().toISOString(),
      alsoIn: (address: Address) => this.alsoIn(address),
      digestsOf: (addresses: readonly Address[]) => files.of(addresses),
      others: () => this.othersRows(),
      touched: () => this.connection.snapshot(() => touchedBy(this.connection, this.rowId)),
      originalOf: (address: Address) => {
        const undo = this.undo(address);
        if (undo === undefined) return undefined;
        const { original: facts, originalDigest: digest, presentDigest, sealed } = undo;
        return { facts, digest, presentDigest, sealed };
      },
    };
  }

  /** Names of the other stacks in this database that keep it too. */
  alsoIn(address: Address): readonly string[] {
    const { host, kind, name } = address;
    return this.connection
      .all<{ name: string }>(ALSO_IN, this.rowId, toName(host), toName(kind), toName(name))
      .map((other) => other.name);
  }

  /** What all other stacks of this database keep. */
  private *othersRows(): Generator<OtherRow> {
    const sql = "SELECT id, name FROM stacks WHERE id <> ? ORDER BY id";
    for (const { id, name } of this.connection.all<{ id: number; name: string }>(sql, this.rowId))
      for (const row of new Resources(this.connection, id).all()) yield { stack: name, row };
  }

  /** Workflow of each run in the history, by the run's number. */
  keptBy(workflow: string): readonly Address[] {
    const rows = this.connection.all<Record<keyof Address, NameColumn>>(KEPT_BY, this.rowId, workflow);
    return rows.map(({ host, kind, name }) => ({ host: fromName(host), kind: fromName(kind), name: fromName(name) }));
  }

  /** Kept contents by digest; null when there are none. */
  contents(digest: string): Uint8Array | null {
    return readContents(this.connection, digest);
  }

  private get lockName(): string {
    return `stack:${this.id}`;
  }
}

/** Stack by stack, so that each is one look into the index: the other way round every resource of all of them is walked. */
const ALSO_IN = `
  SELECT stacks.name FROM stacks CROSS JOIN resources ON resources.stack = stacks.id
  WHERE stacks.id <> ? AND origin = 'module' AND host = ? AND kind = ? AND resources.name = ? AND state <> 'removed'
  ORDER BY stacks.name`;

interface UndoColumns {
  readonly original: string | null;
  readonly original_digest: string | null;
  readonly present_digest: string | null;
}

interface SealedColumns {
  readonly name: NameColumn;
  readonly declarations: string;
}

class StoredRecord implements StackRecord {
  readonly id: string;
  readonly name: string;
  private readonly connection: Connection;
  private readonly stack: number;
  private readonly resources: Resources;

  constructor(connection: Connection, columns: StackColumns, resources: Resources) {
    this.id = columns.lineage;
    this.name = columns.name;
    this.connection = connection;
    this.stack = columns.id;
    this.resources = resources;
  }

  get status(): string {
    const sql = "SELECT status FROM stacks WHERE id = ?";
    return this.connection.first<{ status: string }>(sql, this.stack)?.status ?? "new";
  }

  find: StackRecord["find"] = (origin, address) => this.resources.find(origin, address);
  rows: StackRecord["rows"] = () => this.resources.all();
  save: StackRecord["save"] = (row) => this.resources.save(row);

  sealedTexts(host: string): ReadonlySet<string> {
    const sql = "SELECT name, declarations FROM resources WHERE host = ? AND declarations LIKE '%\"keyed:%'";
    const texts = new Set<string>();
    for (const { name, declarations } of this.connection.all<SealedColumns>(sql, toName(host))) {
      texts.add(fromName(name));
      for (const [digest] of declarations.matchAll(/keyed:[0-9a-f]{64}/g)) texts.add(digest);
    }
    const touched = "SELECT present_digest AS digest FROM undo WHERE host = ? AND present_digest LIKE 'keyed:%'";
    for (const { digest } of this.connection.all<{ digest: string }>(touched, toName(host))) texts.add(digest);
    return texts;
  }

  output(key: string): Value | undefined {
    const sql = "SELECT value FROM outputs WHERE stack = ? AND key = ?";
    const row = this.connection.first<{ value: string }>(sql, this.stack, toName(key));
    return row === undefined ? undefined : readValue(this.connection.path, row.value);
  }

  outputs(): ReadonlyMap<string, Value> {
    const sql = "SELECT key, value FROM outputs WHERE stack = ? ORDER BY key";
    const rows = this.connection.all<{ key: NameColumn; value: string }>(sql, this.stack);
    return new Map(rows.map(({ key, value }) => [fromName(key), readValue(this.connection.path, value)]));
  }

  setOutput(key: string, value: Value): void {
    const sql = "INSERT OR REPLACE INTO outputs (stack, key, value) VALUES (?, ?, ?)";
    this.connection.write(() => this.connection.run(sql, this.stack, toName(key), encodeValue(value)));
  }
}

const KEPT_BY = `
  SELECT resources.host, resources.kind, resources.name FROM resources
  JOIN runs ON runs.stack = resources.stack AND runs.number = resources.run
  WHERE resources.stack = ? AND origin = 'module' AND state <> 'removed' AND workflow = ? ORDER BY resources.id`;
