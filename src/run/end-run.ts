import type { Emit } from "../engine/events.ts";
import { problemOf } from "../engine/problem.ts";
import { Tally } from "../engine/record/tally.ts";
import { SlothError, asScriptError, isMistake } from "../base/errors.ts";
import type { RunParts, SessionEnd } from "../lua/session.ts";
import type { WorkflowRequest } from "./workflow-request.ts";

export interface EndOptions {
  readonly request: WorkflowRequest;
  readonly emit: Emit;
  /** performance.now() when the command began. */
  readonly startedAt: number;
  readonly script: string;
  readonly signal: AbortSignal;
  /** All that was to be pruned was, or nothing was. */
  readonly pruned: boolean;
}

export interface RunEnd {
  readonly exitCode: number;
  /** Tasks that were checked; undefined of a run or a plan. */
  readonly checked?: number | undefined;
  /** In check: the calls it saw, and those of which everything is written out. */
  readonly seen?: SessionEnd["seen"] | undefined;
  /** The script, as the user knows it. */
  readonly script: string;
}

/** Records and tells how a run ended. Throws what kept it from beginning. */
export async function endRun(end: SessionEnd, options: EndOptions): Promise<RunEnd> {
  const interrupted = stoppedBy(options.signal);
  const ok = options.pruned && succeeded(end, options.signal);
  const error = interrupted ?? end.error;
  if (end.parts === null && error !== undefined) throw asScriptError(error);
  if (end.parts === null) return tellChecked(end, options);
  await record(end.parts, options, ok, interrupted);
  const durationMs = performance.now() - options.startedAt;
  const { mode } = options.request;
  const told = end.parts.context.tally.told();
  options.emit({ type: "run_done", mode, ok, ...told, durationMs, error: error && problemOf(error) });
  return { exitCode: exitCode(end.parts, options, ok, error), script: options.script };
}

export function succeeded({ tasks, error, exitStatus = 0 }: SessionEnd, signal: AbortSignal): boolean {
  const isFailed = [...tasks.values()].some((task) => task.result === "failed");
  return stoppedBy(signal) === undefined && error === undefined && !isFailed && exitStatus === 0;
}

function stoppedBy(signal: AbortSignal): Error | undefined {
  return signal.aborted && signal.reason instanceof Error ? signal.reason : undefined;
}

async function record(
  { journal, context }: RunParts,
  { request }: EndOptions,
  ok: boolean,
  interrupted: Error | undefined,
): Promise<void> {
  if (journal === null) return;
  const everything = request.tasks.length + request.tags.length === 0;
  await journal.flush();
  if (ok && everything) await journal.settle(context.latch.allSucceeded());
  const status = interrupted === undefined ? (ok ? "ok" : "failed") : "interrupted";
  await journal.end({ status, counts: context.tally.counts(), error: interrupted?.message });
}

function tellChecked(end: SessionEnd, { emit, script, startedAt }: EndOptions): RunEnd {
  const durationMs = performance.now() - startedAt;
  emit({ type: "run_done", mode: "check", ok: true, ...new Tally().told(), seen: end.seen, durationMs });
  return { exitCode: 0, checked: end.tasks.size, seen: end.seen, script };
}

/** A script that is wrong at its top level ends as one that could not be read; what fails in a task is the run's failure. */
function exitCode({ context }: RunParts, { request }: EndOptions, ok: boolean, error: Error | undefined): number {
  if (error instanceof SlothError && error.exitCode !== 1) return error.exitCode;
  if (error instanceof SlothError && isMistake(error)) return 65;
  if (!ok) return 1;
  return request.detailedExitCode && context.tally.anyChange ? 2 : 0;
}
