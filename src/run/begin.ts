import { hostname } from "node:os";
import { shownTime } from "../base/shown-time.ts";
import type { HeldContents } from "../engine/target/held-contents.ts";
import type { RunContext } from "../engine/context.ts";
import type { Emit } from "../engine/events.ts";
import { openContext } from "../engine/open-context.ts";
import { planLedger } from "../engine/record/plan-ledger.ts";
import { planKeyValue } from "../engine/record/plan-key-value.ts";
import { planRecord } from "../engine/record/plan-record.ts";
import type { InterruptedRun, RunHead } from "../engine/record/record.ts";
import type { AnyResource, Source } from "../engine/resource.ts";
import type { Target } from "../engine/target/target.ts";
import type { TaskGraph } from "../engine/tasks/task-graph.ts";
import { typesOf } from "../engine/undo/find-drift.ts";
import type { RunParts } from "../lua/session.ts";
import { modules } from "../modules/registry.ts";
import type { Stack } from "../store/contract.ts";
import type { Store } from "../store/contract.ts";
import { ownName, type Host } from "../system/host.ts";
import type { Script } from "./script.ts";
import { awaitSurvivors } from "./survivors.ts";

export interface BeginOptions {
  readonly mode: "apply" | "plan";
  readonly diff: boolean;
  readonly script: Script;
  readonly locate: Source["locate"] | undefined;
  readonly stack: string;
  /** Nobody named it: it is called after the file. */
  readonly isUnnamed: boolean;
  readonly workflow: string;
  readonly line: string;
  readonly emit: Emit;
  /** Tells that the run of this number began. */
  readonly started: (run: number | null) => void;
  readonly sourceLine: RunContext["sourceLine"];
  /** Takes secrets out of what is recorded of errors. */
  readonly redact: (text: string) => string;
  readonly host: Host;
  readonly contents: HeldContents;
  readonly graph: TaskGraph;
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly connect: (host: string) => Promise<Target>;
}

/** A run with its lock. Dispose it last. */
export interface OpenedRun extends AsyncDisposable {
  readonly parts: RunParts;
  /** null in plan. */
  readonly stack: Stack | null;
}

/** Takes the stack's lock and begins a run in its history. */
export async function beginApply(store: Store, options: BeginOptions): Promise<OpenedRun> {
  const isFirst = (await store.find(options.stack)) === null;
  const stack = await store.ensure(options.stack);
  const lock = await stack.takeLock(options.lockTimeoutMs, options.signal);
  try {
    await awaitSurvivors(stack, options.emit, options.signal);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  const journal = await stack.beginRun(headOf(options), options.redact);
  options.started(journal.run);
  if (isFirst && options.isUnnamed) tellName(options);
  if (journal.interrupted !== null) tellInterrupted(options.emit, journal.interrupted);
  const { run, interrupted } = journal;
  const recorded = { record: stack.record, ledger: journal, unsettled: journal.unsettled(), run, interrupted };
  const opened = openContext({ ...contextOf(options), ...recorded });
  const parts = { ...opened, journal, state: stack.state, shared: store.shared };
  return { parts, stack, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
}

/** Reads what is recorded, where anything is, and lays an overlay over it that is thrown away. Takes no lock. */
export async function beginPlan(store: Store | null, options: BeginOptions): Promise<OpenedRun> {
  const stack = (await store?.find(options.stack)) ?? null;
  options.started(null);
  const record = planRecord(stack?.record ?? null, options.stack);
  const recorded = {
    record,
    ledger: planLedger(record),
    unsettled: (await stack?.unsettled()) ?? [],
    run: null,
    interrupted: null,
  };
  const opened = openContext({ ...contextOf(options), ...recorded });
  const keys = { state: planKeyValue(stack?.state ?? null), shared: planKeyValue(store?.shared ?? null) };
  return { parts: { ...opened, ...keys, journal: null }, stack: null, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function contextOf({ script, host, ...options }: BeginOptions) {
  const { mode, diff, locate, emit, sourceLine, contents, graph, connect } = options;
  const workflowDirectory = script.directory;
  return { mode, diff, workflowDirectory, locate, emit, sourceLine, machine: host, contents, graph, connect, types };
}

let known: ReadonlyMap<string, AnyResource> | undefined;

function types(): ReadonlyMap<string, AnyResource> {
  return (known ??= typesOf(modules));
}

function headOf({ line, workflow, script }: BeginOptions): RunHead {
  const digest = script.digest;
  const sudoUser = process.env["SUDO_USER"] ?? null;
  return {
    mode: "apply",
    command: line,
    workflow,
    script: script.name,
    scriptDigest: digest,
    user: ownName(),
    sudoUser,
    hostname: hostname(),
  };
}

function tellName({ stack, emit }: BeginOptions): void {
  const message = `this workflow has no name, so its record is the stack ${stack}; workflow{name = "…"} at its top names it`;
  emit({ type: "notice", task: "main", message });
}

export function tellInterrupted(emit: Emit, { run, startedAt, otherBoot, inFlight }: InterruptedRun): void {
  const boot = otherBoot ? ", and the machine was started anew since" : "";
  const message = `run ${run}, begun ${shownTime(startedAt) ?? startedAt}, never ended${boot}; this run goes on from what is there`;
  emit({ type: "interrupted_run", run, inFlight, message });
}
