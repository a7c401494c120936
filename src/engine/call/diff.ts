import type { Cause } from "../events.ts";
import type { Change, Diff, Facts } from "../resource.ts";
import { isObject, sameValue, type Value } from "../../base/value.ts";

/** Compares only the properties that `desired` states: what the user did not ask for is left alone. */
export function diffStated<S extends Facts>(actual: S | null, desired: Partial<S> | null): Diff<S> {
  if (desired === null) {
    const changes = actual === null ? [] : [{ property: "exists", from: true, to: false }];
    return { action: "delete", changes, actual, desired };
  }
  if (actual === null) {
    const stated = statedChanges({}, desired);
    const changes = stated.length === 0 ? [{ property: "exists", from: null, to: true }] : stated;
    return { action: "create", changes, actual, desired };
  }
  return { action: "update", changes: statedChanges(actual, desired), actual, desired };
}

function statedChanges(actual: Facts, desired: Facts): Change[] {
  const changes: Change[] = [];
  for (const property in desired) {
    const to = desired[property];
    const from = actual[property] ?? null;
    if (to !== undefined && !sameValue(from, to)) changes.push({ property, from, to });
  }
  return changes;
}

/**
 * Why something differs: the workflow asks for other than what was applied, the machine is other than it was left, or both. What was not
 * stated before cannot have drifted. `applied` null: it was kept absent.
 */
export function causeOf(changes: readonly Change[], applied: Value): Exclude<Cause, "itself"> {
  if (!isObject(applied)) return changes.some(({ from }) => from !== null) ? "drift" : "workflow";
  let workflow = false;
  let drift = false;
  for (const { property, from, to } of changes) {
    const then = applied[property];
    if (then === undefined || !sameValue(then, to)) workflow = true;
    if (then !== undefined && !sameValue(then, from)) drift = true;
  }
  return workflow && drift ? "both" : drift ? "drift" : "workflow";
}
