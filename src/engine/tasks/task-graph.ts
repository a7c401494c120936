import { dependentsOf } from "./dependents.ts";
import { type GraphTask } from "./order-tasks.ts";

/**
 * What the latch asks of the tasks of a run. While a top level runs, its tasks are not known yet: until all are, every task may still be
 * there.
 */
export class TaskGraph {
  private readonly dependents = new Map<string, ReadonlySet<string>>();
  private awaited: number;

  /** `topLevels`: how many will tell their tasks. */
  constructor(topLevels = 1) {
    this.awaited = topLevels;
  }

  /** The tasks that the top level `main` declared; every one of them depends on it. */
  add(main: string, ordered: readonly GraphTask[]): void {
    for (const [task, others] of dependentsOf(ordered)) this.dependents.set(task, others);
    this.dependents.set(main, new Set(ordered.map(({ name }) => name)));
    this.awaited--;
  }

  /** All tasks that depend on one, directly or not. */
  dependentsOf(task: string): readonly string[] {
    return [...(this.dependents.get(task) ?? [])];
  }

  knows(task: string): boolean {
    return this.awaited > 0 || this.dependents.has(task);
  }
}
