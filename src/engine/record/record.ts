import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Address } from "../../base/address.ts";

import type { Digest } from "../../base/digest.ts";
import type { Counts, Mode, OutcomeAction, Problem, TaskResult } from "../events.ts";
import type { Change } from "../resource.ts";
import type { Value, ValueObject } from "../../base/value.ts";

/*
 * What the engine needs of the record. `store/` implements these; `plan` lays an overlay in memory over a read-only one (or over
 * nothing). Times are ISO 8601 UTC.
 */

export type ResourceState = "pending" | "applied" | "failed" | "drift" | "removed";

/** One call that declared a resource; several may declare one address, the later override the earlier. */
export interface Declaration {
  /** "file_ops.copy" */
  readonly type: string;
  readonly version: number;
  readonly want: Value;
  /** The properties it stated; null: that it should be absent. */
  readonly stated: ValueObject | null;
  /** Its keyed digests were made with the host's own key. Of another host and without it: with the database's, which hosts were given before. */
  readonly hostKey?: true | undefined;
}

export interface ResourceRow extends Address {
  /** 0 before it is stored. */
  readonly id: number;
  /** "module": kept by a module. "registered": by stack.register_resource. They are separate rows. */
  readonly origin: "module" | "registered";
  /** The Lua name of the last type that declared it, or what register_resource was given. */
  readonly module: string;
  readonly declarations: readonly Declaration[];
  /** Registered: as given. Module: the stated properties as last made or found true (null: that it is absent). */
  readonly properties: Value;
  /** Digest of `properties` (registered), or of declarations and properties (module). */
  readonly checksum: string;
  /** Registered only: the checksum when it was last applied. */
  readonly appliedChecksum: string | null;
  readonly state: ResourceState;
  readonly error: string | null;
  /** It was there before the stack first declared it: destroy releases it. */
  readonly adopted: boolean;
  readonly probe: readonly string[] | null;
  /** What the probe printed when the resource was last applied. */
  readonly probeOutput: string | null;
  readonly task: string;
  readonly runId: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastApplied: string | null;
}

/** Rows and outputs of one stack. In plan an overlay that is thrown away. */
export interface StackRecord {
  readonly id: string;
  readonly name: string;
  /** "new", "running", "ok", "failed", "interrupted". */
  readonly status: string;
  find(origin: "module" | "registered", address: Address): ResourceRow | undefined;
  rows(): readonly ResourceRow[];
  /** Inserts or replaces by origin and address; answers the stored row. */
  save(row: ResourceRow): ResourceRow;
  /**
   * Of what any stack of the database keeps on a host by sensitive declarations: its names, and all keyed digests in those. A path that
   * one of them is about is among them, as it is or as its keyed digest.
   */
  sealedTexts(host: string): ReadonlySet<string>;
  output(key: string): Value | undefined;
  outputs(): ReadonlyMap<string, Value>;
  setOutput(key: string, value: Value): void;
}

/** A durable key-value space, atomic between processes. Keys are text of 1 to 1024 bytes. */
export interface KeyValue {
  get(key: string): MaybePromise<Value | undefined>;
  set(key: string, value: Value, ttlSeconds?: number): MaybePromise<void>;
  delete(key: string): MaybePromise<boolean>;
  /** Sorted by key. */
  list(prefix?: string): MaybePromise<readonly KeyValueEntry[]>;
  /** From 0 when absent; not a whole number there: E_STATE_TYPE. */
  increment(key: string, by: number | bigint): MaybePromise<number | bigint>;
  /** Sets and answers true when the value equals `old` (undefined: is absent). */
  compareSwap(key: string, old: Value | undefined, value: Value): MaybePromise<boolean>;
  stats(): MaybePromise<KeyValueStats>;
  /** Waits without blocking; who holds it letting go, or dying, releases it. E_STATE_LOCKED after the timeout. */
  lock(name: string, timeoutMs: number, signal: AbortSignal): Promise<AsyncDisposable>;
}

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Value;
  readonly expiresAt: string | null;
}

export interface KeyValueStats {
  readonly keys: number;
  readonly bytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** Contents larger than this, in bytes, are not kept: undo then says that it has none. */
export const LARGEST_KEPT = 4 * 1024 * 1024;

/** Contents kept for undo and for the history's text diffs. Never of what is sensitive. */
export interface Kept {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** What is about to be changed: committed before it is. */
export interface Intent {
  readonly task: string;
  readonly address: Address;
  readonly type: string;
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  /** All facts before, and the file's contents. */
  readonly before: ValueObject | null;
  readonly beforeContents?: Kept | undefined;
  readonly location: string;
  /**
   * `along`: a change made on the way of another one, which nobody is owed. `elsewhere`: what is at the address itself is not changed, what
   * it leads to is, and that is told by a change of its own. Neither: the change that its address says.
   */
  readonly role?: "along" | "elsewhere" | undefined;
  /** Of a sensitive call: the keyed digest of the path that is touched, so that nobody keeps what is in it from then on. */
  readonly sealed?: Digest | undefined;
}

export interface ChangeDone {
  readonly outcome: OutcomeAction;
  readonly changes: readonly Change[];
  readonly after: ValueObject | null;
  readonly afterContents?: Kept | undefined;
  /** It is as it was before, so that there is nothing to undo. */
  readonly untouched?: boolean | undefined;
  /** The row as it now is; undefined for actions. */
  readonly row?: ResourceRow | undefined;
  readonly durationMs: number;
}

/** A change that has not been delivered to all who depend on it. */
export interface Unsettled {
  readonly changeId: number;
  readonly task: string;
  /** "file_ops.copy" */
  readonly type: string;
  /** addressText */
  readonly address: string;
}

export interface InterruptedRun {
  readonly run: number;
  readonly startedAt: string;
  /** The machine was started anew since. */
  readonly otherBoot: boolean;
  /** Tasks that had begun and not ended. */
  readonly tasks: readonly string[];
  /** Addresses with an intent and no outcome. */
  readonly inFlight: readonly string[];
}

export interface RunResult {
  readonly status: "ok" | "failed" | "interrupted";
  readonly counts: Counts;
  readonly error?: string | undefined;
}

/** What one run writes. Where a promise is answered it is kept by the time that is fulfilled. */
export interface Journal {
  /** Number of the run within its stack, from 1. */
  readonly run: number;
  /** The last run of this stack when it never ended; told once. */
  readonly interrupted: InterruptedRun | null;
  /** Left by earlier runs, oldest first. */
  unsettled(): readonly Unsettled[];
  taskStarted(task: string, attempt: number): void;
  /** Synced to disk. `settled`: ids of changes that are settled with it. */
  taskEnded(
    task: string,
    result: TaskResult,
    error: Problem | undefined,
    settled: readonly number[],
  ): MaybePromise<void>;
  /** The row of that address, with what this run has said of it so far. */
  recorded(address: Address): ResourceRow | undefined;
  /** Found true. Written in batches, and only where the row differs from what is recorded. */
  unchanged(row: ResourceRow): void;
  /** Committed when it returns; synced to disk when it is the task's first or keeps contents. The change is unsettled from now on. */
  intend(intent: Intent): number;
  /** Read back at once, and written with what is written next: a crash before leaves the change in flight, and it is looked at again. */
  done(changeId: number, done: ChangeDone): void;
  /** `untouched`: it is as it was, so that what is there is no trace of this stack. */
  failed(changeId: number, problem: Problem, row: ResourceRow | undefined, untouched?: boolean): void;
  settle(changeIds: readonly number[]): MaybePromise<void>;
  /** A change of this stack was begun there, so that what is there may be ours although no row says so: it was cut off. */
  isTouched(address: Address): boolean;
  /** It is what it was before the stack: nothing is left to undo. */
  forgetOriginal(address: Address): void;
  /** Writes what is batched. */
  flush(): MaybePromise<void>;
  end(result: RunResult): MaybePromise<void>;
}

/** Who runs what: the head of a run's history. */
export interface RunHead {
  readonly mode: Mode;
  readonly command: string;
  readonly workflow: string;
  readonly script: string;
  /** sha256:… of the workflow file. */
  readonly scriptDigest: string;
  readonly user: string;
  readonly sudoUser: string | null;
  readonly hostname: string;
}
