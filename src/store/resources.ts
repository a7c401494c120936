import type { Address, Declaration, ResourceRow } from "../engine/record.ts";
import { encodeValue, isObject, type Value } from "../engine/value.ts";
import type { Connection } from "./connection.ts";
import { damaged } from "./errors.ts";
import { fromName, type NameColumn, toName } from "./names.ts";
import { readList, readValue, textOf } from "./values.ts";

type Origin = ResourceRow["origin"];

interface ResourceColumns {
  readonly id: number;
  readonly origin: Origin;
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
  readonly module: string;
  readonly declarations: string;
  readonly properties: string;
  readonly checksum: string;
  readonly applied_checksum: string | null;
  readonly state: ResourceRow["state"];
  readonly error: string | null;
  readonly adopted: number;
  readonly probe: string | null;
  readonly probe_output: string | null;
  readonly task: string;
  readonly run: number | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly last_applied: string | null;
}

const BATCH = 1000;

/** The resources of one stack, read at once when first asked for and kept as their columns: about half a KiB each. */
export class Resources {
  private readonly connection: Connection;
  private readonly stack: number;
  private rowsByKey: Map<string, ResourceColumns> | undefined;
  private staged = new Map<string, ResourceRow>();
  private readonly seen = new Set<number>();

  constructor(connection: Connection, stack: number) {
    this.connection = connection;
    this.stack = stack;
  }

  find(origin: Origin, address: Address): ResourceRow | undefined {
    const key = keyOf(origin, address);
    const staged = this.staged.get(key);
    if (staged !== undefined) return staged;
    const columns = this.known().get(key);
    return columns === undefined ? undefined : toRow(this.connection.path, columns);
  }

  all(): readonly ResourceRow[] {
    this.flush();
    return [...this.known().values()].map((columns) => toRow(this.connection.path, columns));
  }

  /** Inserts or replaces by origin and address; id and the time it was first stored stay. */
  save(row: ResourceRow): ResourceRow {
    const key = keyOf(row.origin, row);
    this.staged.delete(key);
    const columns = this.connection.write(() => this.store(row));
    this.known().set(key, columns);
    return { ...row, id: columns.id, createdAt: columns.created_at };
  }

  /** Written with the next batch, and only where it says other than what is recorded. */
  stage(row: ResourceRow): void {
    const key = keyOf(row.origin, row);
    const columns = this.known().get(key);
    if (columns !== undefined) this.seen.add(columns.id);
    if (columns !== undefined && saysTheSame(columns, row)) {
      this.staged.delete(key);
      return;
    }
    this.staged.set(key, row);
    if (this.staged.size >= BATCH) this.flush();
  }

  flush(): void {
    if (this.staged.size === 0) return;
    const rows = this.staged;
    const stored = this.connection.write(() => [...rows.values()].map((row) => this.store(row)));
    this.staged = new Map();
    for (const [index, key] of [...rows.keys()].entries()) {
      const columns = stored[index];
      if (columns !== undefined) this.known().set(key, columns);
    }
  }

  /** Ids of those found right since the last call. */
  takeSeen(): readonly number[] {
    const ids = [...this.seen];
    this.seen.clear();
    return ids;
  }

  private known(): Map<string, ResourceColumns> {
    if (this.rowsByKey !== undefined) return this.rowsByKey;
    const rows = new Map<string, ResourceColumns>();
    for (const columns of this.connection.all<ResourceColumns>(SELECT, this.stack)) {
      const address = { host: fromName(columns.host), kind: fromName(columns.kind), name: fromName(columns.name) };
      rows.set(keyOf(columns.origin, address), columns);
    }
    this.rowsByKey = rows;
    return rows;
  }

  private store(row: ResourceRow): ResourceColumns {
    const columns = toColumns(row);
    const stored = this.connection.first<{ id: number; created_at: string }>(
      UPSERT,
      this.stack,
      columns.origin,
      columns.host,
      columns.kind,
      columns.name,
      columns.module,
      columns.declarations,
      columns.properties,
      columns.checksum,
      columns.applied_checksum,
      columns.state,
      columns.error,
      columns.adopted,
      columns.probe,
      columns.probe_output,
      columns.task,
      columns.run,
      columns.created_at,
      columns.updated_at,
      columns.last_applied,
    );
    return { ...columns, ...stored };
  }
}

const NAMES = (
  "origin host kind name module declarations properties checksum applied_checksum state error " +
  "adopted probe probe_output task run created_at updated_at last_applied"
).split(" ");
const KEPT_ON_UPDATE = ["origin", "host", "kind", "name", "created_at"];
const SELECT = `SELECT id, ${NAMES.join(", ")} FROM resources WHERE stack = ? ORDER BY id`;
const UPSERT = `
  INSERT INTO resources (stack, ${NAMES.join(", ")}) VALUES (?, ${NAMES.map(() => "?").join(", ")})
  ON CONFLICT (stack, origin, host, kind, name) DO UPDATE SET ${NAMES.filter((name) => !KEPT_ON_UPDATE.includes(name))
    .map((name) => `${name} = excluded.${name}`)
    .join(", ")}
  RETURNING id, created_at`;

function keyOf(origin: Origin, address: Address): string {
  return `${origin}\0${address.host}\0${address.kind}\0${address.name}`;
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
      row.declarations.map(({ type, version, want, stated }) => ({ type, version, want, stated })),
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
  return { type: textOf(value["type"]), version: value["version"], want: value["want"] ?? null, stated };
}
