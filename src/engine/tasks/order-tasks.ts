import { ScriptError, type Location } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";

/** What the graph needs to know of a task. */
export interface GraphTask {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly tags: readonly string[];
  readonly location: Location;
}

/**
 * Tasks in the order of the file made consistent with `depends_on`. Throws ScriptError on a dependency that is not there and on
 * a cycle, which is printed as its path.
 */
export function orderTasks<T extends GraphTask>(tasks: readonly T[]): readonly T[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const ordered = new Set<T>();
  for (const root of tasks) visit(root, byName, ordered);
  return [...ordered];
}

/** Depth first without recursion: a chain of 100,000 tasks is a workflow too. */
function visit<T extends GraphTask>(root: T, byName: ReadonlyMap<string, T>, ordered: Set<T>): void {
  const path: { readonly task: T; next: number }[] = [{ task: root, next: 0 }];
  const onPath = new Set<T>([root]);
  for (let at = path.at(-1); at !== undefined && !ordered.has(root); at = path.at(-1)) {
    const name = at.task.dependsOn[at.next++];
    if (name === undefined) {
      ordered.add(at.task);
      onPath.delete(at.task);
      path.pop();
      continue;
    }
    const needed = byName.get(name) ?? missing(at.task, name, byName.keys());
    if (onPath.has(needed))
      throw cycle(
        path.map((step) => step.task),
        needed,
      );
    if (ordered.has(needed)) continue;
    path.push({ task: needed, next: 0 });
    onPath.add(needed);
  }
}

function missing(task: GraphTask, name: string, known: Iterable<string>): never {
  const others = [...known].filter((other) => other !== task.name);
  const hint =
    didYouMean(name, others) ?? (others.length === 0 ? "there is no other task" : `tasks are ${others.join(", ")}`);
  throw placed(
    new ScriptError("E_TASK_MISSING", `task '${task.name}' depends on '${name}', which is not there`, { hint }),
    task,
  );
}

function cycle(path: readonly GraphTask[], start: GraphTask): ScriptError {
  const names = [...path.slice(path.indexOf(start)), start].map((task) => task.name);
  return placed(
    new ScriptError("E_TASK_CYCLE", `tasks depend on each other in a circle: ${names.join(" -> ")}`),
    start,
  );
}

function placed(error: ScriptError, task: GraphTask): ScriptError {
  error.location = task.location;
  return error;
}
