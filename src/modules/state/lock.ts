import type { KeyValue } from "../../engine/record.ts";
import { duration, object, optional, parseProps, text } from "../../engine/schema.ts";
import type { Value } from "../../engine/value.ts";

const schema = object({
  name: text("Name of the lock."),
  timeout: optional(duration('How long it is waited for: seconds, or such as "5m". Default: one minute.')),
});

/** Documentation of `state.with_lock(name, fn[, timeout])` for whoever binds it. */
export const lockSummary =
  "Runs a function while no other process holds the lock of that name; answers what it answers.";

/** Takes the lock for `with_lock(name, fn, timeout)`; the caller runs the Lua function and disposes. */
export function lockState(
  space: KeyValue,
  name: Value | undefined,
  timeout: Value | undefined,
  signal: AbortSignal,
): Promise<Disposable> {
  const given = Object.entries({ name, timeout }).filter(([, value]) => value !== undefined && value !== null);
  const props = parseProps(schema, Object.fromEntries(given));
  return space.lock(props.name, props.timeout ?? 60_000, signal);
}
