import { ScriptError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { GraphTask } from "./order-tasks.ts";

export interface Selection {
  readonly tasks: readonly string[];
  readonly tags: readonly string[];
}

/** The tasks that `--task` and `--tags` ask for with all they depend on; everything when nothing is asked for. */
export function selectTasks<T extends GraphTask>(ordered: readonly T[], selection: Selection): readonly T[] {
  if (selection.tasks.length === 0 && selection.tags.length === 0) return ordered;
  const names = ordered.map((task) => task.name);
  for (const name of selection.tasks) if (!names.includes(name)) throw unknown("task", name, names);
  const tags = new Set(ordered.flatMap((task) => task.tags));
  for (const tag of selection.tags) if (!tags.has(tag)) throw unknown("tag", tag, tags);
  const chosen = new Set<string>();
  for (const task of [...ordered].reverse()) {
    const asked = selection.tasks.includes(task.name) || task.tags.some((tag) => selection.tags.includes(tag));
    if (!asked && !chosen.has(task.name)) continue;
    chosen.add(task.name);
    task.dependsOn.forEach((name) => chosen.add(name));
  }
  return ordered.filter((task) => chosen.has(task.name));
}

function unknown(what: "task" | "tag", name: string, known: Iterable<string>): ScriptError {
  const list = [...known];
  const none = `the workflow has no ${what}s`;
  const hint = didYouMean(name, list) ?? (list.length === 0 ? none : `${what}s are ${list.join(", ")}`);
  return new ScriptError(what === "task" ? "E_TASK_MISSING" : "E_TAG_MISSING", `no ${what} '${name}'`, { hint });
}
