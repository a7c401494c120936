import type { SQLQueryBindings } from "bun:sqlite";
import { namesOf, RESOURCE, type RowOf } from "./tables.ts";
import type { DriftMark } from "../contract.ts";
import type { Address } from "../../base/address.ts";
import type { Declaration, ResourceRow } from "../../engine/record/record.ts";
import { encodeValue, isObject, type Value } from "../../base/value.ts";
import type { Connection, Durability } from "./connection.ts";
import { damaged } from "./errors.ts";
import { fromName, toName } from "./names.ts";
import { readList, readValue, textOf } from "./values.ts";

type Origin = ResourceRow["origin"];

type ResourceColumns = Omit<RowOf<typeof RESOURCE>, "origin" | "state"> & {
  readonly id: number;
  readonly origin: Origin;
  readonly state: ResourceRow["state"];
};

interface Staged {
  readonly row: ResourceRow;
  /** It was found so, and not made so: of that it is kept when it was. */
  readonly isTrue: boolean;
}

const BATCH = 1000;
/** Rows read together where all are wanted: as columns they are held beside their rows. */
const PAGE = 1000;
/** Rows read ahead. More of them would live long enough to be kept by the collector when they are garbage. */
const AHEAD = 64;

/**
 * The resources of one stack. A workflow declares them in about the order in which they were first stored, so that looks in that
 * order read the next ones too; what is held of them does not grow with the stack.
 */
export class Resources {
  private readonly connection: Connection;
  private readonly stack: number;
  /** Rows read or written lately; null: known to be absent. */
  private recent = new Map<string, ResourceColumns | null>();
  private older: ReadonlyMap<string, ResourceColumns | null> = new Map();
  /** Id of the last row read: a look for one soon after it is one of many in order. */
  private reached = 0;
  private staged = new Map<string, Staged>();
  private readonly seen = new Set<number>();
  /** The row that was found last, as long as nothing was read or written since: what is as recorded comes back as this. */
  private found: ResourceRow | undefined;

  constructor(connection: Connection, stack: number) {
    this.connection = connection;
    this.stack = stack;
  }

  find(origin: Origin, address: Address): ResourceRow | undefined {
    const staged = this.staged.get(keyOf(origin, address));
    if (staged !== undefined) return staged.row;
    const columns = this.look(origin, address);
    if (columns === null) return undefined;
    this.found = toRow(this.connection.path, columns);
    return this.found;
  }

  all(): readonly ResourceRow[] {
    this.flush();
    return this.connection.snapshot(() => {
      const rows: ResourceRow[] = [];
      for (let page = this.page(0, PAGE); page.length > 0; page = this.page((page.at(-1)?.id ?? 0) + 1, PAGE))
        for (const columns of page) rows.push(toRow(this.connection.path, columns));
      return rows;
    });
  }

  /** Inserts or replaces by origin and address; id and the time it was first stored stay. */
  save(row: ResourceRow): ResourceRow {
    this.staged.delete(keyOf(row.origin, row));
    const { id, created_at } = this.connection.write(() => this.store(row));
    return { ...row, id, createdAt: created_at };
  }

  /** Written with the next batch, and only where it says other than what is recorded. */
  stage(row: ResourceRow): void {
    if (row === this.found) return void this.seen.add(row.id);
    const key = keyOf(row.origin, row);
    const columns = this.look(row.origin, row);
    if (columns !== null) this.seen.add(columns.id);
    if (columns !== null && saysTheSame(columns, row)) {
      this.staged.delete(key);
      return;
    }
    this.found = undefined;
    this.staged.set(key, { row, isTrue: true });
    if (this.staged.size >= BATCH) this.flush();
  }

  /** Written with the next batch, whatever is recorded. */
  replace(row: ResourceRow): void {
    this.found = undefined;
    this.staged.set(keyOf(row.origin, row), { row, isTrue: false });
  }

  flush(): void {
    if (this.staged.size === 0) return;
    this.connection.write(() => {
      for (const { row, isTrue } of this.staged.values()) {
        const { host, kind, name, properties } = this.store(row);
        if (isTrue && row.origin === "module" && row.runId !== null)
          this.connection.run(FOUND, this.stack, host, kind, name, row.runId, row.task, row.module, properties);
      }
    });
    this.staged = new Map();
  }

  /** One transaction; what was staged before stays staged when it fails, although `work` flushed it. */
  transaction<T>(work: () => T, durability?: Durability): T {
    const staged = this.staged;
    try {
      return this.connection.write(work, durability);
    } catch (error) {
      this.staged = staged;
      throw error;
    }
  }

  /** Changes the mark alone, and only of the very row that was looked at; answers whether it did. */
  markDrift({ row, drifted }: DriftMark): boolean {
    const [from, to] = drifted ? ["applied", "drift"] : ["drift", "applied"];
    const at = [row.id, this.stack, from, row.checksum, row.updatedAt, row.runId] as const;
    const isMarked = row.state === from && this.connection.run(MARK, to, ...at).changes > 0;
    if (isMarked) this.forget(keyOf(row.origin, row));
    return isMarked;
  }

  /** Takes a stored row out. */
  remove(row: ResourceRow): void {
    const key = keyOf(row.origin, row);
    this.connection.run("DELETE FROM resources WHERE id = ? AND stack = ?", row.id, this.stack);
    this.staged.delete(key);
    this.seen.delete(row.id);
    this.hold(key, null);
  }

  /** Ids of those found right since the last call. */
  takeSeen(): readonly number[] {
    const ids = [...this.seen];
    this.seen.clear();
    return ids;
  }

  private look(origin: Origin, address: Address): ResourceColumns | null {
    const key = keyOf(origin, address);
    const known = this.recent.has(key) ? this.recent.get(key) : this.older.get(key);
    if (known !== undefined) return known;
    const { host, kind, name } = address;
    const found = this.connection.first<ResourceColumns>(
      ONE,
      this.stack,
      origin,
      toName(host),
      toName(kind),
      toName(name),
    );
    if (found === undefined) {
      this.hold(key, null);
      return null;
    }
    const follows = found.id > this.reached && found.id - this.reached <= AHEAD;
    const next = follows ? this.page(found.id, AHEAD) : [found];
    for (const columns of next) this.hold(keyOfColumns(columns), columns);
    this.reached = next.at(-1)?.id ?? found.id;
    return found;
  }

  private page(from: number, length: number): readonly ResourceColumns[] {
    return this.connection.all<ResourceColumns>(NEXT, this.stack, from, length);
  }

  private hold(key: string, columns: ResourceColumns | null): void {
    this.found = undefined;
    if (this.recent.size >= 2 * AHEAD) [this.older, this.recent] = [this.recent, new Map()];
    this.recent.set(key, columns);
  }

  /** Read anew when it is asked for. */
  private forget(key: string): void {
    this.found = undefined;
    this.recent.delete(key);
    this.older = new Map();
  }

  private store(row: ResourceRow): ResourceColumns {
    const columns = toColumns(row);
    const stored = this.connection.first<{ id: number; created_at: string }>(UPSERT, this.stack, ...valuesOf(columns));
    const written = { ...columns, ...stored };
    this.hold(keyOf(row.origin, row), written);
    return written;
  }
}

const NAMES = namesOf(RESOURCE) as readonly (keyof typeof RESOURCE)[]; // its own names
const KEPT_ON_UPDATE = ["origin", "host", "kind", "name", "created_at"];
const SELECT = `SELECT id, ${NAMES.join(", ")} FROM resources WHERE stack = ?`;
const ONE = `${SELECT} AND origin = ? AND host = ? AND kind = ? AND name = ?`;
const NEXT = `${SELECT} AND id >= ? ORDER BY id LIMIT ?`;
/** Every run that says something of a row writes its number or time there. */
const MARK =
  "UPDATE resources SET state = ? WHERE id = ? AND stack = ? AND state = ? AND checksum = ? AND updated_at = ? AND run IS ?";
const FOUND =
  "INSERT OR REPLACE INTO found (stack, host, kind, name, run, task, type, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
const UPSERT = `
  INSERT INTO resources (stack, ${NAMES.join(", ")}) VALUES (?, ${NAMES.map(() => "?").join(", ")})
  ON CONFLICT (stack, origin, host, kind, name) DO UPDATE SET ${NAMES.filter((name) => !KEPT_ON_UPDATE.includes(name))
    .map((name) => `${name} = excluded.${name}`)
    .join(", ")}
  RETURNING id, created_at`;

/** In the order of NAMES. */
function valuesOf(columns: ResourceColumns): SQLQueryBindings[] {
  return NAMES.map((name) => columns[name]);
}

function keyOf(origin: Origin, address: Address): string {
  return `${origin}\0${address.host}\0${address.kind}\0${address.name}`;
}

function keyOfColumns({ origin, host, kind, name }: ResourceColumns): string {
  return keyOf(origin, { host: fromName(host), kind: fromName(kind), name: fromName(name) });
}

/** By the checksum, which covers declarations and properties, and what else a user could see change. */
function saysTheSame(columns: ResourceColumns, row: ResourceRow): boolean {
  return (
    columns.checksum === row.checksum &&
    columns.state === row.state &&
    columns.error === row.error &&
    columns.adopted === Number(row.adopted) &&
    columns.module === row.module &&
    columns.task === row.task &&
    columns.applied_checksum === row.appliedChecksum &&
    columns.probe_output === row.probeOutput
  );
}

function toColumns(row: ResourceRow): ResourceColumns {
  return {
    id: row.id,
    origin: row.origin,
    host: toName(row.host),
    kind: toName(row.kind),
    name: toName(row.name),
    module: row.module,
    declarations: encodeValue(
      row.declarations.map(({ type, version, want, stated, hostKey }) => {
        const declared = { type, version, want, stated };
        return hostKey === true ? { ...declared, hostKey } : declared;
      }),
    ),
    properties: encodeValue(row.properties),
    checksum: row.checksum,
    applied_checksum: row.appliedChecksum,
    state: row.state,
    error: row.error,
    adopted: row.adopted ? 1 : 0,
    probe: row.probe === null ? null : encodeValue(row.probe),
    probe_output: row.probeOutput,
    task: row.task,
    run: row.runId,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    last_applied: row.lastApplied,
  };
}

function toRow(path: string, columns: ResourceColumns): ResourceRow {
  return {
    id: columns.id,
    origin: columns.origin,
    host: fromName(columns.host),
    kind: fromName(columns.kind),
    name: fromName(columns.name),
    module: columns.module,
    declarations: readList(path, columns.declarations).map((value) => toDeclaration(path, value)),
    properties: readValue(path, columns.properties),
    checksum: columns.checksum,
    appliedChecksum: columns.applied_checksum,
    state: columns.state,
    error: columns.error,
    adopted: columns.adopted === 1,
    probe: columns.probe === null ? null : readList(path, columns.probe).map(textOf),
    probeOutput: columns.probe_output,
    task: columns.task,
    runId: columns.run,
    createdAt: columns.created_at,
    updatedAt: columns.updated_at,
    lastApplied: columns.last_applied,
  };
}

function toDeclaration(path: string, value: Value): Declaration {
  if (!isObject(value) || typeof value["version"] !== "number") throw damaged(path, "a declaration is none");
  const stated = value["stated"] ?? null;
  if (stated !== null && !isObject(stated)) throw damaged(path, "a declaration is none");
  const hostKey = value["hostKey"] === true ? true : undefined;
  return { type: textOf(value["type"]), version: value["version"], want: value["want"] ?? null, stated, hostKey };
}
