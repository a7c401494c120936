import type { AddressLocks } from "./call/address-locks.ts";
import type { Location } from "../base/errors.ts";
import type { ReadSystem } from "../system/system.ts";
import type { HeldContents } from "./target/held-contents.ts";
import type { Emit } from "./events.ts";
import type { DeliveryScope, Latch } from "./record/latch.ts";
import type { Journal, ResourceRow, StackRecord } from "./record/record.ts";
import type { SealedFiles } from "./record/sealed-files.ts";
import type { SameFile } from "./call/same-file.ts";
import type { AnyResource, Source } from "./resource.ts";
import type { Tally } from "./record/tally.ts";
import type { Target } from "./target/target.ts";

/** What one thread of Lua works for: a task's attempt, or an item of a goroutine.map inside it. */
export interface Scope extends DeliveryScope {
  readonly task: string;
  readonly signal: AbortSignal;
  /** Where calls without `delegate_to` go. */
  readonly host: string;
  readonly parent?: Scope | undefined;
}

/** One call of a module function. */
export interface Call {
  readonly location: Location;
  readonly scope: Scope;
}

/** The writing half of a run's journal; in plan one that writes nothing. */
export type Ledger = Pick<
  Journal,
  "recorded" | "unchanged" | "intend" | "done" | "failed" | "settle" | "forgetOriginal" | "isTouched"
>;

/** What was declared at one address so far in this run. */
export interface DeclaredNow {
  /** undefined: the ledger's own row says it already. */
  readonly row: ResourceRow | undefined;
  /** Where its exclusive properties were stated last. */
  readonly at: Location;
}

/** Everything the calls of one run share. */
export interface RunContext {
  readonly mode: "apply" | "plan";
  /** Number of the run within its stack; null in plan. */
  readonly run: number | null;
  /** Send texts with the events, for `--diff`. */
  readonly diff: boolean;
  readonly workflowDirectory: string;
  readonly locate?: Source["locate"] | undefined;
  readonly emit: Emit;
  /** The text of a line of the workflow, for messages. */
  readonly sourceLine?: ((location: Location) => string | undefined) | undefined;
  readonly ledger: Ledger;
  readonly record: StackRecord;
  readonly latch: Latch;
  readonly holds: AddressLocks;
  readonly contents: HeldContents;
  readonly tally: Tally;
  readonly declared: Map<string, DeclaredNow>;
  readonly sealedFiles: SealedFiles;
  readonly sameFile: SameFile;
  /** Resource types by their Lua names. */
  readonly types: () => ReadonlyMap<string, AnyResource>;
  /** Tasks that a restart of the machine cut off: each of their resources answers `carried` once. */
  readonly rebooted: ReadonlySet<string>;
  /** Addresses at which the last run was cut off in the middle of a change: what it left there is nobody's drift. */
  readonly inFlight: ReadonlySet<string>;
  /** The machine the workflow is on. */
  readonly sourceFor: (signal: AbortSignal) => ReadSystem;
  /** The target of that name; connects when it is first asked for. */
  readonly targetFor: (host: string) => Promise<Target> | Target;
  /** ISO 8601 UTC. */
  readonly now: () => string;
}
