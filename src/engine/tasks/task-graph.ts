import type { TaskEdges } from "../events.ts";
import type { TaskOrder } from "../record/latch.ts";
import type { GraphTask } from "./order-tasks.ts";

const NONE: readonly string[] = [];

/**
 * What the latch asks of the tasks of a run: who depends on whom directly, as sets of all who do would grow with the square of a chain.
 * While a top level runs, its tasks are not known yet: until all are, every task may still be there.
 */
export class TaskGraph implements TaskOrder {
  private readonly dependents = new Map<string, string[]>();
  private readonly dependencies = new Map<string, readonly string[]>();
  private readonly edges: TaskEdges[] = [];
  private awaited: number;

  /** `topLevels`: how many will tell their tasks. */
  constructor(topLevels = 1) {
    this.awaited = topLevels;
  }

  /** The tasks that the top level `main` declared; every one of them depends on it. */
  add(main: string, ordered: readonly GraphTask[]): void {
    for (const name of [main, ...ordered.map((task) => task.name)]) this.dependents.set(name, []);
    for (const { name, dependsOn } of ordered) {
      const needed = [...new Set([main, ...dependsOn])];
      this.dependencies.set(name, needed);
      this.edges.push({ name, dependsOn });
      for (const other of needed) this.dependents.get(other)?.push(name);
    }
    this.awaited--;
  }

  /** The tasks of every top level, in their order, with what was declared of each; undefined until all are known. */
  tasks(): readonly TaskEdges[] | undefined {
    return this.awaited > 0 ? undefined : this.edges;
  }

  dependentsOf(task: string): readonly string[] {
    return this.dependents.get(task) ?? NONE;
  }

  dependenciesOf(task: string): readonly string[] {
    return this.dependencies.get(task) ?? NONE;
  }

  knows(task: string): boolean {
    return this.awaited > 0 || this.dependents.has(task);
  }
}
