import type { GraphTask } from "./order-tasks.ts";

/** All tasks that depend on each, directly or not. */
export function dependentsOf(ordered: readonly GraphTask[]): ReadonlyMap<string, ReadonlySet<string>> {
  const dependents = new Map<string, Set<string>>(ordered.map((task) => [task.name, new Set()]));
  for (const task of [...ordered].reverse()) {
    const own = dependents.get(task.name) ?? new Set();
    for (const name of task.dependsOn) {
      const theirs = dependents.get(name);
      theirs?.add(task.name);
      for (const other of own) theirs?.add(other);
    }
  }
  return dependents;
}
