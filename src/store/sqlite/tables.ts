import type { NameColumn } from "./names.ts";

/*
 * The columns of the tables, once: statements, rows, the chain of hashes, export and import are made from these. Row ids, and what a
 * row belongs to, are not among them: they do not leave the database. `json`: a value as encodeValue writes it. `name`: may hold
 * bytes that are not UTF-8. The order is the chain's: a new column goes to the end, by a migration.
 */

type Kind = "text" | "integer" | "json" | "name" | "bytes";
/** A `?` says that it may be null. */
export type Columns = { readonly [column: string]: Kind | `${Kind}?` };

export const STACK = {
  name: "text",
  lineage: "text",
  version: "integer",
  status: "text",
  pruned: "integer",
  head: "text",
  created_at: "text",
  updated_at: "text",
} as const satisfies Columns;

export const CONFIG = { key: "text", value: "json" } as const satisfies Columns;
export const OUTPUT = { key: "name", value: "json" } as const satisfies Columns;
export const STATE = { key: "name", value: "json", expires_at: "text?", updated_at: "text" } as const satisfies Columns;

export const RESOURCE = {
  origin: "text",
  host: "name",
  kind: "name",
  name: "name",
  module: "text",
  declarations: "json",
  properties: "json",
  checksum: "text",
  applied_checksum: "text?",
  state: "text",
  error: "text?",
  adopted: "integer",
  probe: "json?",
  probe_output: "text?",
  task: "text",
  run: "integer?",
  created_at: "text",
  updated_at: "text",
  last_applied: "text?",
} as const satisfies Columns;

export const UNDO = {
  host: "name",
  kind: "name",
  name: "name",
  original: "json?",
  original_digest: "text?",
  present_digest: "text?",
} as const satisfies Columns;

/** Sections that exports of 0.1.0 do not have. */
export const EARLIER = {
  host: "name",
  kind: "name",
  name: "name",
  change: "integer",
  before_digest: "text?",
  after_digest: "text?",
} as const satisfies Columns;
export const FOUND = {
  host: "name",
  kind: "name",
  name: "name",
  run: "integer",
  task: "text",
  type: "text",
  facts: "json",
} as const satisfies Columns;

export const RUN = {
  number: "integer",
  status: "text",
  mode: "text",
  command: "text",
  workflow: "text",
  script: "text",
  script_digest: "text",
  user: "text",
  sudo_user: "text?",
  hostname: "text",
  started_at: "text",
  ended_at: "text?",
  duration_ms: "integer?",
  counts: "json?",
  error: "text?",
  boot: "text",
  pid: "integer",
  process_start: "text",
  previous: "text",
  hash: "text?",
} as const satisfies Columns;

export const TASK = {
  name: "text",
  attempts: "integer",
  result: "text?",
  error: "json?",
  started_at: "text",
  ended_at: "text?",
} as const satisfies Columns;

export const CHANGE = {
  task: "text",
  host: "name",
  kind: "name",
  name: "name",
  type: "text",
  action: "text",
  outcome: "text?",
  changes: "json",
  before: "json?",
  after: "json?",
  before_digest: "text?",
  after_digest: "text?",
  location: "text",
  started_at: "text",
  ended_at: "text?",
  duration_ms: "integer?",
  error: "json?",
} as const satisfies Columns;

export const CONTENTS = {
  digest: "text",
  size: "integer",
  compressed: "integer",
  bytes: "bytes",
} as const satisfies Columns;

export function kindOf(kind: Kind | `${Kind}?`): { readonly kind: string; readonly nullable: boolean } {
  return kind.endsWith("?") ? { kind: kind.slice(0, -1), nullable: true } : { kind, nullable: false };
}

/** A row of those columns as SQLite gives it. */
export type RowOf<C extends Columns> = {
  readonly [name in keyof C]: C[name] extends `${infer K}?` ? Stored<K> | null : Stored<C[name]>;
};

type Stored<K> = K extends "integer" ? number : K extends "name" ? NameColumn : K extends "bytes" ? Uint8Array : string;

export function namesOf(columns: Columns): readonly string[] {
  return Object.keys(columns);
}

/** "number, status, mode": for a SELECT or an INSERT. */
export function listed(columns: Columns): string {
  return namesOf(columns).join(", ");
}
