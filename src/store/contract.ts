import type { Address } from "../base/address.ts";
import type { LockHolder } from "../base/errors.ts";
import type { MaybePromise } from "../base/maybe-promise.ts";
import type { Value, ValueObject } from "../base/value.ts";
import type { Counts, Problem } from "../engine/events.ts";
import type { Journal, KeyValue, ResourceRow, RunHead, StackRecord, Unsettled } from "../engine/record/record.ts";
import type { Change } from "../engine/resource.ts";
import type { DestroyOptions } from "../engine/undo/destroy.ts";
import type { Past } from "../engine/undo/rollback.ts";

/*
 * What the program needs of a record, whatever keeps it. A store on this machine answers at once; one on a server has to be
 * waited for: whoever asks awaits. Only what the engine asks in the midst of a run (StackRecord, and what a Journal says of rows)
 * is at hand. `test/store/conformance.ts` holds every store to it. Times are ISO 8601 UTC.
 */

/** All that one store holds. Dispose it when all is done. */
export interface Store extends Catalogue, Upkeep, AsyncDisposable {
  /** Where it is, for messages; nothing secret. */
  readonly place: string;
  /** Keys and values of the whole store. */
  readonly shared: KeyValue;
  /** Of keyed digests. */
  key(): MaybePromise<Uint8Array>;
  /** Takes the key that came with an export for its own, where it has none yet. Answers whether its own is that one now. */
  takeKey(key: Uint8Array): MaybePromise<boolean>;
  /** What this program keeps for itself on this machine from run to run, at hand; where the store is only read, nothing more is kept. */
  notes(): Notes;
}

export interface Notes {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** The stacks there are. */
interface Catalogue {
  stacks(): MaybePromise<readonly Stack[]>;
  find(name: string): MaybePromise<Stack | null>;
  /** E_STACK_UNKNOWN with the closest name. */
  mustFind(name: string): MaybePromise<Stack>;
  /** E_STACK_EXISTS when there is one. */
  create(name: string): MaybePromise<Stack>;
  /** The stack of that name, made now when there is none. */
  ensure(name: string): MaybePromise<Stack>;
  /** Its lock is the caller's. */
  rename(stack: Stack, name: string): MaybePromise<void>;
  /** Its record alone, never what it stands for, and only once an export of it is on the disk; answers where. Its lock is the caller's. */
  delete(stack: Stack): MaybePromise<string>;
  /** Of an export: whole or, when anything in it is not as it should be, not at all. */
  import(given: ExportGiven): MaybePromise<Stack>;
}

export interface ExportGiven {
  readonly text: string;
  /** Names it in messages. */
  readonly from: string;
  /** Another name than its own. */
  readonly as?: string | undefined;
}

/** Keeping the store itself in order. */
interface Upkeep {
  /** Looks at everything; changes nothing. */
  examine(): MaybePromise<readonly Finding[]>;
  /** A copy of the whole, of one moment, under a new name. */
  backup(to: string): MaybePromise<void>;
}

/** `problem`: what is recorded cannot be relied on. `note`: as it should be, and worth knowing. */
export interface Finding {
  readonly level: "ok" | "note" | "problem";
  /** "integrity", "tables", "references", "contents", "stacks", "history", "rows", "runs", "locks", "restore". */
  readonly check: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** One stack. */
export interface Stack extends Standing, Runs, Undoing, Settings {
  readonly id: string;
  readonly name: string;
  /** Grows by one with every run that ends. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly state: KeyValue;
}

/** How it stands now. */
interface Standing {
  /** "new", "running", "ok", "failed"; "interrupted" where nobody is running what says that it runs. */
  status(): MaybePromise<string>;
  /** How many resources are in each state. */
  states(): MaybePromise<ReadonlyMap<string, number>>;
  /** For showing; whoever needs it to stay so takes the lock. */
  lockedBy(): MaybePromise<LockHolder | null>;
  resources(): MaybePromise<readonly ResourceRow[]>;
  outputs(): MaybePromise<ReadonlyMap<string, Value>>;
  /** By resource id: when a run last found it right. */
  lastVerified(): MaybePromise<ReadonlyMap<number, string>>;
  /** Changes of earlier runs that were not delivered to all who depend on them. */
  unsettled(): MaybePromise<readonly Unsettled[]>;
  /**
   * Marks what drifted, and takes the mark from what no longer does; nothing else of a row. A row that is not the one that was
   * looked at is left as it is: somebody has said something newer. Answers how many were marked.
   */
  markDrift(marks: readonly DriftMark[]): MaybePromise<number>;
  /** Takes rows out of the record; what they stand for is left as it is. */
  forget(rows: readonly ResourceRow[]): MaybePromise<void>;
  /** The record as one JSON document (docs/export.md), of one moment, piece by piece. */
  export(options: ExportOptions, write: (piece: string) => void): MaybePromise<void>;
}

/** What a look found of one row, and the row as it was then. */
export interface DriftMark {
  readonly row: ResourceRow;
  readonly drifted: boolean;
}

export interface ExportOptions {
  /** With the contents kept for undo: without them an import can show everything and put back nothing. */
  readonly contents: boolean;
}

/** Takes secrets out of the texts of errors, which hold whatever the workflow put there. */
export type Redact = (text: string) => string;

/** Its runs, and what commands they left at work. */
interface Runs {
  /** StackLockedError that names the holder, after the timeout. Only one run at a time: begin one only while holding this. */
  takeLock(timeoutMs: number, signal: AbortSignal): Promise<AsyncDisposable>;
  /** Begins a run. The caller holds the lock: a run that still says it is running was cut off. */
  beginRun(head: RunHead, redact?: Redact): MaybePromise<Journal>;
  /** What a run reads and writes while it is under way, and a plan reads: at hand. */
  readonly record: StackRecord;
  /** Newest first. */
  runs(limit: number): MaybePromise<readonly RunSummary[]>;
  run(number: number): MaybePromise<RunDetails | null>;
  /** What a workflow of that name keeps by its modules, by the run that recorded each last. */
  keptBy(workflow: string): MaybePromise<readonly Address[]>;
  /** null: what is recorded of every run is what was recorded when it ended. */
  verify(): MaybePromise<ChainFault | null>;
  /** Removes the oldest runs beyond the retention and the contents nothing refers to; answers how many runs. */
  prune(retention: Retention): MaybePromise<number>;
  /** Records a command at work, which is of this machine and so at hand; answers what forgets it. */
  noteChild(child: ChildRecord): () => void;
  leftChildren(): readonly ChildRecord[];
  forgetChildren(): void;
}

/** What drift --fix, destroy and rollback ask of the record. */
interface Undoing {
  /** Kept contents by digest; null when there are none. */
  contents(digest: string): MaybePromise<Uint8Array | null>;
  /** What destroy and rollback ask. */
  undoing(): MaybePromise<UndoFacts>;
  /** How everything was at the end of a run. */
  moments(run: number): MaybePromise<HistoryPast>;
}

export type UndoFacts = Pick<
  DestroyOptions,
  "contents" | "now" | "originalOf" | "digestsOf" | "alsoIn" | "others" | "touched"
>;

export interface HistoryPast {
  readonly addresses: readonly Past[];
  /** Commands run since, whose effects are not known. */
  readonly actionsSince: number;
}

/** What is set for its runs, and how its hosts were reached last. */
interface Settings {
  /** The defaults for `values`. */
  config(): MaybePromise<ReadonlyMap<string, Value>>;
  setConfig(key: string, value: Value): MaybePromise<void>;
  deleteConfig(key: string): MaybePromise<boolean>;
  /** How hosts were reached last, by name. */
  hosts(): MaybePromise<ReadonlyMap<string, Value>>;
  rememberHost(name: string, entry: Value): MaybePromise<void>;
}

/** A command at work for a run, by what tells it from a later process of the same number. */
export interface ChildRecord {
  readonly pid: number;
  readonly startTicks: number;
  readonly boot: string;
  readonly program: string;
}

export interface Retention {
  readonly runs: number;
  readonly days: number;
}

/** Whichever says less is what is kept. */
export const RETENTION: Retention = { runs: 10_000, days: 400 };

export interface ChainFault {
  /** Number of the first run that does not fit; null: runs are missing at the end. */
  readonly run: number | null;
  readonly reason: string;
}

export interface RunSummary {
  readonly number: number;
  readonly status: "running" | "ok" | "failed" | "interrupted";
  readonly mode: string;
  readonly command: string;
  readonly workflow: string;
  readonly script: string;
  readonly scriptDigest: string;
  readonly user: string;
  readonly sudoUser: string | null;
  readonly hostname: string;
  readonly startedAt: string;
  /** null: it is running, or was cut off. */
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly counts: Counts | null;
  readonly error: string | null;
  readonly hash: string | null;
}

export interface TaskRecord {
  readonly name: string;
  readonly attempts: number;
  /** null: it had not ended. */
  readonly result: string | null;
  readonly error: Problem | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface ChangeRecord extends Address {
  /** addressText */
  readonly address: string;
  readonly task: string;
  /** "file_ops.copy" */
  readonly type: string;
  /** What was to be done. */
  readonly action: string;
  /** What was done: an action, "failed", "interrupted"; null: it is being done. */
  readonly outcome: string | null;
  readonly changes: readonly Change[];
  readonly before: ValueObject | null;
  readonly after: ValueObject | null;
  readonly beforeDigest: string | null;
  readonly afterDigest: string | null;
  readonly location: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly error: Problem | null;
  /** Not yet delivered to all who depend on it. */
  readonly unsettled: boolean;
}

export interface RunDetails extends RunSummary {
  readonly tasks: readonly TaskRecord[];
  readonly changes: readonly ChangeRecord[];
}
