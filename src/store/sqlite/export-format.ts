/*
 * What an export holds, in the words of the tables: docs/export.md tells it to users. A column not named here does not leave
 * the database (row ids). `json`: a value as encodeValue writes it. `name`: may hold bytes that are not UTF-8.
 */

export const FORMAT = "sloth-runner stack";
export const FORMAT_VERSION = 1;

type Kind = "text" | "integer" | "json" | "name" | "bytes";
/** A `?` says that it may be null. */
export type Columns = { readonly [column: string]: Kind | `${Kind}?` };

export const STACK: Columns = {
  name: "text",
  lineage: "text",
  version: "integer",
  status: "text",
  pruned: "integer",
  head: "text",
  created_at: "text",
  updated_at: "text",
};

export const CONFIG: Columns = { key: "text", value: "json" };
export const OUTPUT: Columns = { key: "name", value: "json" };
export const STATE: Columns = { key: "name", value: "json", expires_at: "text?", updated_at: "text" };

export const RESOURCE: Columns = {
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
};

export const UNDO: Columns = {
  host: "name",
  kind: "name",
  name: "name",
  original: "json?",
  original_digest: "text?",
  present_digest: "text?",
};

export const RUN: Columns = {
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
};

export const TASK: Columns = {
  name: "text",
  attempts: "integer",
  result: "text?",
  error: "json?",
  started_at: "text",
  ended_at: "text?",
};

export const CHANGE: Columns = {
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
};

export const CONTENTS: Columns = { digest: "text", size: "integer", compressed: "integer", bytes: "bytes" };

export function kindOf(kind: Kind | `${Kind}?`): { readonly kind: string; readonly nullable: boolean } {
  return kind.endsWith("?") ? { kind: kind.slice(0, -1), nullable: true } : { kind, nullable: false };
}

export function namesOf(columns: Columns): readonly string[] {
  return Object.keys(columns);
}
