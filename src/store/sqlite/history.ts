import { CHANGE, listed, RUN, TASK, type RowOf } from "./tables.ts";
import {
  type RunSummary,
  type TaskRecord,
  type ChangeRecord,
  type RunDetails,
  type Retention,
  RETENTION,
} from "../contract.ts";
import { addressText } from "../../base/address.ts";
import type { Counts, Problem } from "../../engine/events.ts";
import type { Change } from "../../engine/resource.ts";
import { isObject, type Value, type ValueObject } from "../../base/value.ts";
import type { Connection } from "./connection.ts";
import { damaged } from "./errors.ts";
import { keepEarlier } from "./earlier.ts";
import { fromName } from "./names.ts";
import { readList, readObject, textOf } from "./values.ts";

/** Newest first. */
export function listRuns(connection: Connection, stack: number, limit: number): readonly RunSummary[] {
  const rows = connection.all<RunColumns>(`${RUNS} WHERE stack = ? ORDER BY number DESC LIMIT ?`, stack, limit);
  return rows.map((row) => toRun(connection.path, row));
}

export function readRun(connection: Connection, stack: number, number: number): RunDetails | null {
  const row = connection.first<RunColumns>(`${RUNS} WHERE stack = ? AND number = ?`, stack, number);
  if (row === undefined) return null;
  const { path } = connection;
  const tasks = connection.all<TaskColumns>(TASKS, row.id).map((task) => toTask(path, task));
  const changes = connection.all<ChangeColumns>(CHANGES, row.id).map((change) => toChange(path, change));
  return { ...toRun(path, row), tasks, changes };
}

/**
 * Removes the oldest runs beyond the retention, never the last one, nor one whose changes are unsettled or what is after
 * it; answers how many. Within a transaction. What undo needs of the present state is not in the history (see the table `undo`).
 */
export function pruneHistory(connection: Connection, stack: number, retention: Retention, now = Date.now()): number {
  const before = new Date(now - retention.days * 86_400_000).toISOString();
  const last = connection.first<{ number: number }>(LAST_TO_GO, stack, retention.runs, stack, before, stack, stack);
  if (last === undefined || last.number <= 0) return 0;
  keepEarlier(connection, stack, last.number);
  const { changes } = connection.run("DELETE FROM runs WHERE stack = ? AND number <= ?", stack, last.number);
  if (changes > 0) connection.run("UPDATE stacks SET pruned = ? WHERE id = ?", last.number, stack);
  return changes;
}

/**
 * What a run that ends prunes goes by the earlier of two clocks, its own and that of the run before: one run while the clock was wrong
 * must not empty the history.
 */
export function pruneAfter(connection: Connection, stack: number, run: number): number {
  const sql =
    "SELECT ended_at FROM runs WHERE stack = ? AND id <> ? AND ended_at IS NOT NULL ORDER BY number DESC LIMIT 1";
  const before = connection.first<{ ended_at: string }>(sql, stack, run)?.ended_at;
  const now = before === undefined ? Date.now() : Math.min(Date.now(), Date.parse(before) || 0);
  return pruneHistory(connection, stack, RETENTION, now);
}

const LAST_TO_GO = `
  SELECT min(
    max(
      (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ?) - ?,
      (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ? AND ended_at < ?)
    ),
    (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ?) - 1,
    (SELECT coalesce(min(r.number), 9000000000000) - 1 FROM unsettled u JOIN changes c ON c.id = u.change
      JOIN runs r ON r.id = c.run WHERE u.stack = ?)
  ) AS number`;

type RunColumns = RowOf<typeof RUN> & { readonly id: number };
type TaskColumns = RowOf<typeof TASK>;
type ChangeColumns = RowOf<typeof CHANGE> & { readonly unsettled: number };

const RUNS = `SELECT id, ${listed(RUN)} FROM runs`;
const TASKS = `SELECT ${listed(TASK)} FROM tasks WHERE run = ? ORDER BY id`;
const CHANGES = `
  SELECT ${listed(CHANGE)}, EXISTS (SELECT 1 FROM unsettled WHERE change = changes.id) AS unsettled
  FROM changes WHERE run = ? ORDER BY id`;

function toRun(path: string, row: RunColumns): RunSummary {
  return {
    number: row.number,
    status: statusOf(path, row.status),
    mode: row.mode,
    command: row.command,
    workflow: row.workflow,
    script: row.script,
    scriptDigest: row.script_digest,
    user: row.user,
    sudoUser: row.sudo_user,
    hostname: row.hostname,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    durationMs: row.duration_ms,
    counts: toCounts(readObject(path, row.counts)),
    error: row.error,
    hash: row.hash,
  };
}

function statusOf(path: string, text: string): RunSummary["status"] {
  const known = (["running", "ok", "failed", "interrupted"] as const).find((status) => status === text);
  if (known === undefined) throw damaged(path, "a run has a status that is none");
  return known;
}

function toCounts(value: ValueObject | null): Counts | null {
  if (value === null) return null;
  const count = (name: string) => Number(value[name] ?? 0);
  return {
    created: count("created"),
    updated: count("updated"),
    deleted: count("deleted"),
    ran: count("ran"),
    unchanged: count("unchanged"),
    failed: count("failed"),
    carried: count("carried"),
    unknown: count("unknown"),
  };
}

function toTask(path: string, row: TaskColumns): TaskRecord {
  return {
    name: row.name,
    attempts: row.attempts,
    result: row.result,
    error: toProblem(readObject(path, row.error)),
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

function toChange(path: string, row: ChangeColumns): ChangeRecord {
  const address = { host: fromName(row.host), kind: fromName(row.kind), name: fromName(row.name) };
  return {
    ...address,
    address: addressText(address),
    task: row.task,
    type: row.type,
    action: row.action,
    outcome: row.outcome,
    changes: readList(path, row.changes).map((value) => toPropertyChange(path, value)),
    before: readObject(path, row.before),
    after: readObject(path, row.after),
    beforeDigest: row.before_digest,
    afterDigest: row.after_digest,
    location: row.location,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    durationMs: row.duration_ms,
    error: toProblem(readObject(path, row.error)),
    unsettled: row.unsettled === 1,
  };
}

function toPropertyChange(path: string, value: Value): Change {
  if (!isObject(value)) throw damaged(path, "a change is none");
  return { property: textOf(value["property"]), from: value["from"] ?? null, to: value["to"] ?? null };
}

function toProblem(value: ValueObject | null): Problem | null {
  if (value === null) return null;
  const source = typeof value["source"] === "string" ? value["source"] : undefined;
  return { code: textOf(value["code"]), message: textOf(value["message"]), source };
}
