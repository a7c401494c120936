import type { TaskResult } from "../events.ts";
import { executeTask } from "./execute-task.ts";
import { succeeded, type TaskEnd, runGraph } from "./run-graph.ts";
import type { Task, TaskRun } from "./task.ts";

/** The file's top level as a task. */
export interface TopLevel {
  /** "main", or "main@web1" for one of several hosts. */
  readonly name: string;
  readonly end: TaskEnd;
}

/** Runs the tasks of a workflow after its top level; when that failed it skips them all. Answers how each ended. */
export async function runTasks(
  run: TaskRun,
  main: TopLevel,
  tasks: readonly Task[],
  maxParallel: number,
): Promise<ReadonlyMap<string, TaskEnd>> {
  const skip = (task: Task, because: string, cause: TaskResult): Promise<TaskEnd> => skipped(run, task, because, cause);
  const ends = succeeded(main.end)
    ? await runGraph(tasks, maxParallel, (task) => startUnlessStopped(run, task), skip)
    : await allSkipped(tasks, (task) => skip(task, main.name, main.end.result));
  return new Map([[main.name, main.end], ...ends]);
}

async function allSkipped(
  tasks: readonly Task[],
  skip: (task: Task) => Promise<TaskEnd>,
): Promise<ReadonlyMap<string, TaskEnd>> {
  const ends = new Map<string, TaskEnd>();
  for (const task of tasks) ends.set(task.name, await skip(task));
  return ends;
}

function startUnlessStopped(run: TaskRun, task: Task): Promise<TaskEnd> {
  if (!run.signal.aborted) return executeTask(run, task);
  return end(run, task, { result: "skipped", reason: "the run was stopped" });
}

function skipped(run: TaskRun, task: Task, because: string, cause: TaskResult): Promise<TaskEnd> {
  const isTopLevel = because === "main" || because.startsWith("main@");
  const name = isTopLevel ? "the top level of the file" : `'${because}'`;
  if (cause === "unpredictable")
    return end(run, task, { result: "unpredictable", reason: `depends on ${name}, which cannot be predicted` });
  return end(run, task, {
    result: "skipped",
    reason: `depends on ${name}, which ${cause === "failed" ? "failed" : "was skipped"}`,
  });
}

async function end({ context, journal, host }: TaskRun, task: Task, told: TaskEnd): Promise<TaskEnd> {
  context.tally.task(task.delegateTo ?? host, told.result, false);
  context.emit({ type: "task_done", task: task.name, result: told.result, reason: told.reason, durationMs: 0 });
  await journal?.taskEnded(task.name, told.result, undefined, []);
  return told;
}
