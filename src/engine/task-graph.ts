import { dependentsOf, type GraphTask } from "./graph.ts";
import { MAIN } from "./run-tasks.ts";

/** What the latch asks of a workflow's tasks. Until they are known, while `main` runs, every task may still be there. */
export class TaskGraph {
  private dependents: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  set(ordered: readonly GraphTask[]): void {
    this.dependents = dependentsOf(ordered);
  }

  /** All tasks that depend on one; on `main` every one does. */
  dependentsOf(task: string): readonly string[] {
    if (task === MAIN) return [...(this.dependents?.keys() ?? [])];
    return [...(this.dependents?.get(task) ?? [])];
  }

  knows(task: string): boolean {
    return task === MAIN || this.dependents === undefined || this.dependents.has(task);
  }
}
