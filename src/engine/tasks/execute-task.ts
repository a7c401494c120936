import { pause } from "../../base/pause.ts";
import { InterruptedError, SlothError } from "../../base/errors.ts";
import type { Scope } from "../context.ts";
import { timerMs } from "../../base/duration.ts";
import type { TaskResult } from "../events.ts";
import type { DeliveryScope } from "../record/latch.ts";
import { problemOf } from "../problem.ts";
import { settleRegistrations } from "../record/registrations.ts";
import type { TaskEnd } from "./run-graph.ts";
import type { Task, TaskRun, Verdict } from "./task.ts";

/** Runs one task with its condition, its attempts and its hooks; records and tells how it ended. */
export async function executeTask(run: TaskRun, task: Task): Promise<TaskEnd> {
  const startedAt = performance.now();
  const state: Attempted = { verdict: { kind: "ok" }, held: true };
  for (let attempt = 1; attempt <= task.retries + 1; attempt++) {
    await attemptOnce(run, task, attempt, state);
    if (state.verdict.kind !== "failed" || run.signal.aborted || attempt > task.retries) break;
    const { error } = state.verdict;
    run.context.emit({
      type: "task_retry",
      task: task.name,
      attempt,
      delayMs: task.retryDelayMs,
      error: problemOf(error),
    });
    await pause(task.retryDelayMs, run.signal).catch(() => {}); // it was aborted, which ends the attempts
    if (run.signal.aborted) break;
  }
  await afterwards(run, task, state);
  const host = task.delegateTo ?? run.host;
  return await finishTask(run, { name: task.name, host, isTopLevel: false }, state, performance.now() - startedAt);
}

export interface Attempted {
  verdict: Verdict;
  /** Its `when` held. */
  held: boolean;
}

async function attemptOnce(run: TaskRun, task: Task, attempt: number, state: Attempted): Promise<void> {
  const { context, journal } = run;
  context.emit({ type: "task_started", task: task.name, attempt });
  context.latch.beginAttempt(task.name);
  journal?.taskStarted(task.name, attempt);
  using limit = taskLimit(run, task);
  const scope: Scope = { task: task.name, signal: limit.signal, host: task.delegateTo ?? run.host };
  const when = await task.when?.(scope);
  state.held = when === undefined || when.holds !== false;
  state.verdict = when !== undefined && when.kind !== "ok" ? when : state.held ? await task.run(scope) : { kind: "ok" };
}

/** The task's signal: the run's own, and after its `timeout` one that ends what it is doing. */
function taskLimit(run: TaskRun, task: Task): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const { timeoutMs } = task;
  const expire = (): void =>
    controller.abort(new SlothError("E_TIMEOUT", `task '${task.name}' took longer than ${(timeoutMs ?? 0) / 1000} s`));
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timerMs(timeoutMs));
  return { signal: AbortSignal.any([run.signal, controller.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

/** on_success or on_failure; a failing on_success fails the task. */
async function afterwards(run: TaskRun, task: Task, state: Attempted): Promise<void> {
  const scope: Scope = { task: task.name, signal: run.signal, host: task.delegateTo ?? run.host };
  const { verdict } = state;
  if (verdict.kind === "ok" && state.held && task.onSuccess !== undefined) state.verdict = await task.onSuccess(scope);
  if (verdict.kind !== "failed" || task.onFailure === undefined || run.signal.aborted) return;
  const hook = await task.onFailure(
    scope,
    verdict.error instanceof SlothError ? verdict.error.toString() : verdict.error.message,
  );
  if (hook.kind !== "failed") return;
  run.context.emit({
    type: "notice",
    task: task.name,
    message: `on_failure failed too: ${problemOf(hook.error).message}`,
  });
}

/** Makes durable what the task did, settles what it settles, and records and tells how it ended. */
export async function finishTask(
  run: TaskRun,
  { name: task, host, isTopLevel }: { readonly name: string; readonly host: string; readonly isTopLevel: boolean },
  { verdict, held }: Attempted,
  durationMs: number,
): Promise<TaskEnd> {
  const { context, journal } = run;
  const error = verdict.kind === "failed" ? verdict.error : undefined;
  await Promise.all(Array.from(run.targets(), (target) => target.settle()));
  const system = journal === null ? null : context.sourceFor(run.signal);
  await settleRegistrations(context.record, task, error === undefined, context.now(), system);
  const result = resultOf(verdict, held);
  const settled = settledBy(run, task, result, error);
  const problem = error === undefined ? undefined : problemOf(error);
  await journal?.taskEnded(task, result, problem, settled);
  const reason = verdict.kind === "unpredictable" ? verdict.reason : undefined;
  context.tally.task(host, result, isTopLevel);
  context.emit({ type: "task_done", task, result, reason, error: problem, durationMs });
  return { result, reason };
}

function resultOf(verdict: Verdict, held: boolean): TaskResult {
  if (verdict.kind === "failed") return "failed";
  if (verdict.kind === "unpredictable") return "unpredictable";
  return held ? "ok" : "not-needed";
}

function settledBy(
  { context }: TaskRun,
  task: string,
  result: TaskResult,
  error: Error | undefined,
): readonly number[] {
  if (result === "ok" || result === "not-needed") return context.latch.taskSucceeded(task);
  if (error instanceof InterruptedError || error === undefined || !("succeeded" in error)) return [];
  return context.latch.itemsSucceeded(error.succeeded as readonly DeliveryScope[]);
}
