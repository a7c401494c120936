import type { Change, Diff, Facts } from "../resource.ts";
import { sameValue, type ValueObject } from "../../base/value.ts";

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

/** Why something differs: the workflow asks for other than what was applied, the machine is other than it was left, or both. */
export function causeOf(changes: readonly Change[], applied: unknown): "workflow" | "drift" | "both" {
  const last = typeof applied === "object" && applied !== null ? (applied as ValueObject) : {};
  let workflow = false;
  let drift = false;
  for (const { property, from, to } of changes) {
    const then = last[property] ?? null;
    if (!sameValue(then, to)) workflow = true;
    if (!sameValue(then, from)) drift = true;
  }
  return workflow && drift ? "both" : drift ? "drift" : "workflow";
}
