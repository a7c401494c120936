import { SlothError } from "../../base/errors.ts";
import type { Call } from "../context.ts";
import { durationMs } from "../../base/duration.ts";
import { placed } from "../problem.ts";
import { fieldsOf, parseProps, type Schema } from "../schema.ts";
import type { AnyAction, AnyResource } from "../resource.ts";
import { Secret, isObject, type Value, type ValueObject } from "../../base/value.ts";

/** The fields every call that looks at or changes a machine takes beside its own, for validation and documentation. */
export const commonFields = {
  name: "A label, where the function has no `name` of its own.",
  delegate_to: "Host to do it on; the machine the workflow is on when absent.",
  timeout: 'Longest time it may take, such as "90s".',
  sensitive: "Its values are never shown, logged or stored; keyed digests are.",
} as const;

export interface CommonProps {
  readonly delegateTo: string | undefined;
  readonly timeoutMs: number | undefined;
  /** `sensitive = true`, or a secret stands anywhere in the call, be it in a text that a command answered. */
  readonly sensitive: boolean;
}

const known = Object.keys(commonFields);

/** Takes the common fields off a call and parses the rest. `raw` is what Lua gave: a table, or nothing. */
export function parseCall<P>(
  schema: Schema<P>,
  raw: Value | undefined,
): { readonly common: CommonProps; readonly props: P } {
  try {
    return parsed(schema, raw);
  } catch (error) {
    const table = isObject(raw) ? raw : {};
    if (error instanceof SlothError) error.isSensitive = table["sensitive"] === true || Secret.standsIn(table);
    throw error;
  }
}

function parsed<P>(schema: Schema<P>, raw: Value | undefined): { readonly common: CommonProps; readonly props: P } {
  const table = raw === undefined ? {} : raw;
  if (!isObject(table)) return { common: none, props: parseProps(schema, table, known) };
  const own = ownFields(table, fieldsOf(schema));
  const common = {
    delegateTo: hostName(table["delegate_to"]),
    timeoutMs: limit(table["timeout"]),
    sensitive: isTrue("sensitive", table["sensitive"]) || Secret.standsIn(own),
  };
  return { common, props: parseProps(schema, own, known) };
}

function ownFields(table: ValueObject, fields: ReadonlyMap<string, unknown>): ValueObject {
  const taken = known.filter((field) => Object.hasOwn(table, field) && !fields.has(field));
  if (taken.length === 0) return table;
  const own = { ...table };
  for (const field of taken) delete own[field];
  return own;
}

const none: CommonProps = { delegateTo: undefined, timeoutMs: undefined, sensitive: false };

function hostName(value: Value | undefined): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  if (value instanceof Secret)
    throw new SlothError("E_SECRET", "'delegate_to' is a secret, which would be seen and stored here");
  throw new SlothError("E_FIELD", "'delegate_to' must be the name of a host");
}

function isTrue(field: string, value: Value | undefined): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new SlothError("E_FIELD", `'${field}' must be true or false`);
}

function limit(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = durationMs(value);
  if (ms === undefined) throw new SlothError("E_FIELD", `'timeout' must be a duration such as "90s" or "5m"`);
  return ms;
}

/** As parseCall; an error has its place in the workflow. */
export function parsePlaced(
  type: AnyResource | AnyAction,
  raw: Value | undefined,
  call: Call,
): ReturnType<typeof parseCall> {
  try {
    return parseCall(type.schema, raw);
  } catch (thrown) {
    throw placed(thrown, call.location, type.name);
  }
}

/** Checks the fields of a call and answers what it is about. */
export function checkCall(type: AnyResource | AnyAction, raw: Value | undefined): string {
  const { props } = parseCall(type.schema, raw);
  return type.form === "resource" ? type.identity(props) : type.title(props);
}
