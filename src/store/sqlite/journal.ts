import type { Redact } from "../contract.ts";
import { addressText, type Address } from "../../base/address.ts";
import { bootId } from "../../base/process-state.ts";
import type { Problem } from "../../engine/events.ts";
import type { TaskResult } from "../../engine/events.ts";
import type {
  ChangeDone,
  Intent,
  InterruptedRun,
  Journal,
  ResourceRow,
  RunHead,
  RunResult,
  Unsettled,
} from "../../engine/record/record.ts";
import { decodeValue, encodeValue, isObject, type Value } from "../../base/value.ts";
import { sealRun } from "./chain.ts";
import type { Connection, Durability } from "./connection.ts";
import { keepContents, pruneContents } from "./contents.ts";
import { processStart } from "./files.ts";
import { forgetEarlier } from "./earlier.ts";
import { pruneAfter } from "./history.ts";
import { fromName, type NameColumn, toName } from "./names.ts";
import type { Resources } from "./resources.ts";
import { recordVerified } from "./verified.ts";

/** Begins a run of a stack whose lock the caller holds: so a run that still says it is running was cut off. */
export function beginRun(
  connection: Connection,
  stack: number,
  resources: Resources,
  head: RunHead,
  redact: Redact,
): RunJournal {
  return connection.write(() => {
    const interrupted = closeInterrupted(connection, stack);
    const { number, previous } = nextLink(connection, stack);
    const at = now();
    const values = [
      number,
      previous,
      head.mode,
      head.command,
      head.workflow,
      head.script,
      head.scriptDigest,
      head.user,
    ];
    const machine = [head.sudoUser, head.hostname, at, bootId(), process.pid, processStart(process.pid) ?? ""];
    const { id } = connection.run(INSERT_RUN, stack, ...values, ...machine);
    connection.run("UPDATE stacks SET status = 'running', updated_at = ? WHERE id = ?", at, stack);
    const run = { stack, id, number, startedAt: performance.now(), redact };
    return new RunJournal(connection, run, resources, interrupted);
  });
}

interface Run {
  readonly stack: number;
  readonly id: number;
  readonly number: number;
  readonly startedAt: number;
  readonly redact: Redact;
}

interface Outcome {
  readonly changeId: number;
  readonly done: ChangeDone;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export class RunJournal implements Journal {
  readonly run: number;
  readonly interrupted: InterruptedRun | null;
  private readonly connection: Connection;
  private readonly self: Run;
  private readonly resources: Resources;
  /** Tasks whose first change is on the disk. */
  private readonly synced = new Set<string>();
  private keptContents = false;
  /** Changes of this run that were the first at their address. */
  private readonly firsts = new Map<number, Address>();
  /** Of changes that are made: written with what is written next, and at the latest when the event loop has its turn. */
  private outcomes: Outcome[] = [];
  private unwritten: unknown;

  constructor(connection: Connection, self: Run, resources: Resources, interrupted: InterruptedRun | null) {
    this.run = self.number;
    this.interrupted = interrupted;
    this.connection = connection;
    this.self = self;
    this.resources = resources;
  }

  unsettled(): readonly Unsettled[] {
    return unsettledOf(this.connection, this.self.stack, this.self.id);
  }

  taskStarted(task: string, attempt: number): void {
    this.write(() => this.connection.run(START_TASK, this.self.id, task, attempt, now()));
  }

  taskEnded(task: string, result: TaskResult, error: Problem | undefined, settled: readonly number[]): void {
    const problem = error === undefined ? null : problemText(error, this.self.redact);
    const at = now();
    this.write(() => {
      this.resources.flush();
      this.connection.run(END_TASK, this.self.id, task, result, problem, at, at);
      this.deleteUnsettled(settled);
    }, "synced");
  }

  recorded(address: Address): ResourceRow | undefined {
    return this.resources.find("module", address);
  }

  unchanged(row: ResourceRow): void {
    this.resources.stage(row);
  }

  intend(intent: Intent): number {
    const isFirst = !this.synced.has(intent.task);
    const keeps = intent.beforeContents !== undefined;
    const id = this.write(() => this.storeIntent(intent), isFirst || keeps ? "synced" : "kept");
    this.synced.add(intent.task);
    return id;
  }

  done(changeId: number, done: ChangeDone): void {
    if (done.row !== undefined) this.resources.replace(done.row);
    if (this.outcomes.push({ changeId, done, at: now() }) === 1) setImmediate(() => this.writeOutcomes());
  }

  failed(changeId: number, problem: Problem, row: ResourceRow | undefined, untouched = false): void {
    const sql = "UPDATE changes SET outcome = 'failed', error = ?, ended_at = ? WHERE id = ?";
    this.write(() => {
      this.connection.run(sql, problemText(problem, this.self.redact), now(), changeId);
      if (row !== undefined) this.resources.save(row);
      if (untouched) this.forgetUntouched(changeId);
    });
  }

  settle(changeIds: readonly number[]): void {
    if (changeIds.length > 0) this.write(() => this.deleteUnsettled(changeIds));
  }

  isTouched({ host, kind, name }: Address): boolean {
    const sql = "SELECT 1 FROM undo WHERE stack = ? AND host = ? AND kind = ? AND name = ?";
    return this.connection.first(sql, this.self.stack, toName(host), toName(kind), toName(name)) !== undefined;
  }

  forgetOriginal(address: Address): void {
    this.write(() => this.deleteOriginal(address));
  }

  flush(): void {
    this.write(() => this.resources.flush());
  }

  end(result: RunResult): void {
    const at = now();
    const durationMs = Math.round(performance.now() - this.self.startedAt);
    this.write(() => {
      this.resources.flush();
      recordVerified(this.connection, this.self.stack, at, this.resources.takeSeen());
      const counts = encodeValue({ ...result.counts });
      this.connection.run(END_RUN, result.status, at, durationMs, counts, result.error ?? null, this.self.id);
      sealRun(this.connection, this.self.id);
      this.connection.run(END_STACK, result.status, at, this.self.stack);
      const isPruned = pruneAfter(this.connection, this.self.stack, this.self.id) > 0;
      if (isPruned || this.keptContents) pruneContents(this.connection);
    });
  }

  /** One transaction, in which the outcomes so far come first. */
  private write<T>(work: () => T, durability?: Durability): T {
    if (this.unwritten !== undefined) throw this.unwritten;
    const outcomes = this.outcomes;
    const result = this.resources.transaction(() => {
      if (outcomes.length > 0) this.resources.flush();
      for (const outcome of outcomes) this.storeOutcome(outcome);
      return work();
    }, durability);
    this.outcomes = [];
    return result;
  }

  /** From the event loop, where nobody would hear of a failure: whoever writes next does. */
  private writeOutcomes(): void {
    if (this.outcomes.length === 0 || !this.connection.isOpen) return;
    try {
      this.write(() => {});
    } catch (error) {
      this.unwritten = error;
    }
  }

  private storeOutcome({ changeId, done, at }: Outcome): void {
    const digest = this.keep(done.afterContents);
    this.connection.run(
      "UPDATE changes SET outcome = ?, changes = ?, after = ?, after_digest = ?, ended_at = ?, duration_ms = ? WHERE id = ?",
      done.outcome,
      encodeValue(done.changes.map(({ property, from, to }) => ({ property, from, to }))),
      done.after === null ? null : encodeValue(done.after),
      digest,
      at,
      Math.round(done.durationMs),
      changeId,
    );
    if (done.untouched === true) this.forgetUntouched(changeId);
    this.connection.run(SET_PRESENT, done.after === null ? 1 : 0, digest, this.self.stack, changeId);
  }

  private storeIntent(intent: Intent): number {
    const { host, kind, name } = intent.address;
    const digest = this.keep(intent.beforeContents);
    const before = intent.before === null ? null : encodeValue(intent.before);
    const address = [toName(host), toName(kind), toName(name)] as const;
    const { id } = this.connection.run(
      INSERT_CHANGE,
      this.self.id,
      intent.task,
      ...address,
      intent.type,
      intent.action,
      encodeValue(intent.changes.map(({ property, from, to }) => ({ property, from, to }))),
      before,
      digest,
      intent.location,
      now(),
    );
    if (intent.role !== "along")
      this.connection.run("INSERT INTO unsettled (change, stack) VALUES (?, ?)", id, this.self.stack);
    if (intent.action !== "run" && intent.role !== "elsewhere" && this.keepOriginal(intent, digest))
      this.firsts.set(id, intent.address);
    if (intent.sealed !== undefined) this.connection.run(SEAL, intent.sealed, this.self.stack, ...address);
    return id;
  }

  /** What was there before the stack first changed it; begun anew after it was removed. Answers whether this is that first change. */
  private keepOriginal(intent: Intent, digest: string | null): boolean {
    const { address, role, before } = intent;
    const known = this.resources.find("module", address);
    const verb = known?.state === "removed" && role !== "along" ? "REPLACE" : "IGNORE";
    const sql = `INSERT OR ${verb} INTO undo (stack, host, kind, name, original, original_digest) VALUES (?, ?, ?, ?, ?, ?)`;
    const { host, kind, name } = address;
    const names = [toName(host), toName(kind), toName(name)] as const;
    const [facts, contents] = asFound(known, before, digest);
    const { changes } = this.connection.run(sql, this.self.stack, ...names, facts, contents);
    if (known?.state === "removed") forgetEarlier(this.connection, this.self.stack, address);
    if (changes === 0) this.extendOriginal(intent, known?.properties ?? null);
    return changes > 0;
  }

  /** Of some kinds only what is stated is looked at: what was not stated before is known from when it first is. */
  private extendOriginal({ address, before, changes }: Intent, stated: Value): void {
    if (before === null) return;
    const fresh = changes.filter(({ property }) => !(isObject(stated) && property in stated) && property in before);
    if (fresh.length === 0) return;
    const names = [toName(address.host), toName(address.kind), toName(address.name)] as const;
    const row = this.connection.first<{ readonly original: string | null }>(ORIGINAL, this.self.stack, ...names);
    const original = row?.original == null ? null : decodeValue(row.original);
    if (!isObject(original)) return;
    const more = fresh
      .filter(({ property }) => !(property in original))
      .map(({ property }) => [property, before[property]]);
    if (more.length === 0) return;
    const facts = encodeValue({ ...original, ...Object.fromEntries(more) });
    this.connection.run(EXTEND_ORIGINAL, facts, this.self.stack, ...names);
  }

  /** A first change that came to nothing: what is there when the next one is made is what was there before the stack. */
  private forgetUntouched(changeId: number): void {
    const address = this.firsts.get(changeId);
    if (address !== undefined) this.deleteOriginal(address);
  }

  private deleteOriginal({ host, kind, name }: Address): void {
    this.connection.run(FORGET_ORIGINAL, this.self.stack, toName(host), toName(kind), toName(name));
  }

  private keep(kept: Intent["beforeContents"]): string | null {
    if (kept !== undefined) this.keptContents = true;
    return keepContents(this.connection, kept);
  }

  private deleteUnsettled(changeIds: readonly number[]): void {
    for (const id of changeIds) this.connection.run("DELETE FROM unsettled WHERE change = ?", id);
  }
}

/** What the stack found right when it first declared it is what was there before, whatever others made of it since. */
function asFound(known: ResourceRow | undefined, before: Intent["before"], digest: string | null) {
  if (known?.adopted !== true || known.state === "removed")
    return [before === null ? null : encodeValue(before), digest] as const;
  if (!isObject(known.properties)) return [null, null] as const;
  const { content } = known.properties;
  return [encodeValue({ ...before, ...known.properties }), typeof content === "string" ? content : digest] as const;
}

const ORIGINAL = "SELECT original FROM undo WHERE stack = ? AND host = ? AND kind = ? AND name = ?";
const EXTEND_ORIGINAL = "UPDATE undo SET original = ? WHERE stack = ? AND host = ? AND kind = ? AND name = ?";
const INSERT_RUN = `
  INSERT INTO runs (stack, number, previous, mode, command, workflow, script, script_digest, user, sudo_user, hostname,
    started_at, boot, pid, process_start, status)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')`;
const END_RUN = "UPDATE runs SET status = ?, ended_at = ?, duration_ms = ?, counts = ?, error = ? WHERE id = ?";
const END_STACK = "UPDATE stacks SET status = ?, updated_at = ?, version = version + 1 WHERE id = ?";
const START_TASK = `
  INSERT INTO tasks (run, name, attempts, started_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (run, name) DO UPDATE SET attempts = excluded.attempts, result = NULL, error = NULL, ended_at = NULL`;
const END_TASK = `
  INSERT INTO tasks (run, name, attempts, result, error, started_at, ended_at) VALUES (?, ?, 0, ?, ?, ?, ?)
  ON CONFLICT (run, name) DO UPDATE SET result = excluded.result, error = excluded.error, ended_at = excluded.ended_at`;
const INSERT_CHANGE = `
  INSERT INTO changes (run, task, host, kind, name, type, action, changes, before, before_digest, location, started_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** A change that tells no contents, of a mode alone, leaves what is known of them. */
const SET_PRESENT = `
  UPDATE undo SET present_digest = CASE ? WHEN 1 THEN NULL ELSE coalesce(?, present_digest) END
  WHERE (stack, host, kind, name) = (SELECT ?, host, kind, name FROM changes WHERE id = ?)`;
const SEAL = "UPDATE undo SET present_digest = ? WHERE stack = ? AND host = ? AND kind = ? AND name = ?";
const FORGET_ORIGINAL = "DELETE FROM undo WHERE stack = ? AND host = ? AND kind = ? AND name = ?";
const UNSETTLED = `
  SELECT u.change, c.task, c.type, c.host, c.kind, c.name FROM unsettled u JOIN changes c ON c.id = u.change
  WHERE u.stack = ? AND c.run <> ? ORDER BY u.change`;

/** What earlier runs of a stack left, oldest first; `run` is the row of the present one, if any. */
export function unsettledOf(connection: Connection, stack: number, run = 0): readonly Unsettled[] {
  return connection.all<UnsettledColumns>(UNSETTLED, stack, run).map(toUnsettled);
}

interface UnsettledColumns extends AddressColumns {
  readonly change: number;
  readonly task: string;
  readonly type: string;
}

interface AddressColumns {
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
}

function toUnsettled(row: UnsettledColumns): Unsettled {
  return { changeId: row.change, task: row.task, type: row.type, address: textOf(row) };
}

function textOf(row: AddressColumns): string {
  return addressText({ host: fromName(row.host), kind: fromName(row.kind), name: fromName(row.name) });
}

function nextLink(connection: Connection, stack: number): { readonly number: number; readonly previous: string } {
  const sql = `
    SELECT 1 + max(pruned, coalesce((SELECT max(number) FROM runs WHERE stack = stacks.id), 0)) AS number, head AS previous
    FROM stacks WHERE id = ?`;
  return connection.first<{ number: number; previous: string }>(sql, stack) ?? { number: 1, previous: "" };
}

function closeInterrupted(connection: Connection, stack: number): InterruptedRun | null {
  const sql =
    "SELECT id, number, started_at, boot FROM runs WHERE stack = ? AND status = 'running' ORDER BY number DESC";
  const run = connection.first<{ id: number; number: number; started_at: string; boot: string }>(sql, stack);
  if (run === undefined) return null;
  const tasks = connection.all<{ name: string }>(
    "SELECT name FROM tasks WHERE run = ? AND ended_at IS NULL ORDER BY id",
    run.id,
  );
  const inFlight = "SELECT host, kind, name FROM changes WHERE run = ? AND outcome IS NULL ORDER BY id";
  const addresses = connection.all<AddressColumns>(inFlight, run.id).map(textOf);
  connection.run("UPDATE changes SET outcome = 'interrupted' WHERE run = ? AND outcome IS NULL", run.id);
  connection.run("UPDATE runs SET status = 'interrupted' WHERE id = ?", run.id);
  sealRun(connection, run.id);
  const otherBoot = run.boot === "" || run.boot !== bootId();
  return {
    run: run.number,
    startedAt: run.started_at,
    otherBoot,
    tasks: tasks.map(({ name }) => name),
    inFlight: addresses,
  };
}

function problemText({ code, message, source }: Problem, redact: Redact): string {
  return encodeValue({ code, message: redact(message), source: source === undefined ? null : redact(source) });
}

function now(): string {
  return new Date().toISOString();
}
