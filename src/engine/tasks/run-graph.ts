import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { TaskResult } from "../events.ts";
import type { GraphTask } from "./order-tasks.ts";

export interface TaskEnd {
  readonly result: TaskResult;
  readonly reason?: string | undefined;
}

/**
 * Runs tasks as their dependencies allow, at most `maxParallel` at once, in the given order where there is a choice. A task whose
 * dependency did not succeed is handed to `skip`. Whether a failure stops others is not asked: the rest go on. `execute` does not throw.
 */
export async function runGraph<T extends GraphTask>(
  ordered: readonly T[],
  maxParallel: number,
  execute: (task: T) => Promise<TaskEnd>,
  skip: (task: T, because: string, cause: TaskResult) => MaybePromise<TaskEnd>,
): Promise<ReadonlyMap<string, TaskEnd>> {
  const ends = new Map<string, TaskEnd>();
  const dependents = new Map<string, T[]>(ordered.map((task) => [task.name, []]));
  for (const task of ordered) for (const name of new Set(task.dependsOn)) dependents.get(name)?.push(task);
  const waitsFor = new Map(ordered.map((task) => [task.name, new Set(task.dependsOn).size]));
  const position = new Map(ordered.map((task, index) => [task, index]));
  const ready = new Ready(
    ordered.filter((task) => waitsFor.get(task.name) === 0),
    position,
  );
  const running = new Set<Promise<void>>();

  const ended = (task: T, end: TaskEnd): void => {
    ends.set(task.name, end);
    for (const next of dependents.get(task.name) ?? []) {
      const left = (waitsFor.get(next.name) ?? 1) - 1;
      waitsFor.set(next.name, left);
      if (left === 0) ready.add(next);
    }
  };
  const start = (task: T): void => {
    const work = execute(task).then((end) => {
      running.delete(work);
      ended(task, end);
    });
    running.add(work);
  };

  for (;;) {
    while (running.size < maxParallel) {
      const task = ready.next();
      if (task === undefined) break;
      const failed = task.dependsOn.find((name) => !succeeded(ends.get(name)));
      const cause = failed === undefined ? undefined : ends.get(failed);
      if (failed !== undefined && cause !== undefined) ended(task, await skip(task, failed, cause.result));
      else start(task);
    }
    if (running.size === 0) return ends;
    await Promise.race(running);
  }
}

export function succeeded(end: TaskEnd | undefined): boolean {
  return end?.result === "ok" || end?.result === "not-needed";
}

/** Tasks that may start, the earliest in the order first. */
class Ready<T> {
  private readonly tasks: T[];
  private readonly position: ReadonlyMap<T, number>;

  constructor(tasks: readonly T[], position: ReadonlyMap<T, number>) {
    this.position = position;
    this.tasks = [...tasks].reverse();
  }

  add(task: T): void {
    const place = this.position.get(task) ?? 0;
    let at = this.tasks.length;
    while (at > 0 && (this.position.get(this.tasks[at - 1] as T) ?? 0) < place) at--;
    this.tasks.splice(at, 0, task);
  }

  next(): T | undefined {
    return this.tasks.pop();
  }
}
