import { SlothError } from "../../base/errors.ts";
import { commonFields } from "../../engine/call/common-fields.ts";
import type { Parameter } from "../../engine/resource.ts";
import { mistakesIn, type Schema } from "../../engine/schema.ts";
import type { Shape } from "../../engine/shape.ts";
import { isObject, type Value } from "../../base/value.ts";
import { seenFields, valueOf } from "./literal.ts";
import { notATable } from "../right-form.ts";
import type { LiteralTable, Symbol } from "./symbols.ts";

/** How a function of the program is called, and what it answers first. */
export interface CheckedFunction {
  readonly name: string;
  /** Of a module: its calls are counted. */
  readonly isCounted?: boolean | undefined;
  readonly answers: Shape | undefined;
  /** It takes one table of these fields… */
  readonly schema?: Schema<unknown> | undefined;
  /** …and those that all calls share. */
  readonly isShared?: boolean | undefined;
  /** Checks the whole table of a call, as the call itself does. */
  readonly parse?: ((table: Value) => unknown) | undefined;
  /** Arguments in order, by the fields they stand for. */
  readonly positionals?: { readonly schema: Schema<unknown>; readonly names: readonly string[] } | undefined;
  readonly parameters?: readonly Parameter[] | undefined;
  /** Fields that name files beside the workflow. */
  readonly sources?: readonly string[] | undefined;
}

/** How many calls there are, and of how many everything is written out. */
export interface Coverage {
  calls: number;
  whole: number;
}

interface Fault {
  readonly error: SlothError;
  readonly line: number;
}

interface Checked {
  readonly faults: readonly Fault[];
  readonly answers: Shape | undefined;
}

export function checkCallOf(
  one: CheckedFunction,
  args: readonly Symbol[],
  more: boolean,
  line: number,
  coverage: Coverage,
): Checked {
  const errors = one.schema === undefined ? ofArguments(one, args, more) : ofTable(one, args, more);
  if (one.isCounted === true) {
    coverage.calls++;
    if (!more && args.every((arg) => valueOf(arg) !== undefined)) coverage.whole++;
  }
  if (saysSensitive(args[0])) for (const error of errors) error.isSensitive = true;
  return { faults: errors.map((error) => ({ error, line: lineOf(error, args[0]) ?? line })), answers: one.answers };
}

/** Whatever it is set to: its line of the workflow is then not quoted. */
function saysSensitive(table: Symbol | undefined): boolean {
  return table?.kind === "table" && table.fields.has("sensitive");
}

/** A field's own line, in a table of several. */
function lineOf(error: SlothError & { readonly field?: string }, table: Symbol | undefined): number | undefined {
  return table?.kind === "table" && error.field !== undefined ? table.fields.get(error.field)?.line : undefined;
}

function ofTable(one: CheckedFunction, args: readonly Symbol[], more: boolean): readonly SlothError[] {
  const [table, ...others] = args;
  if (one.schema === undefined || (more && table === undefined)) return [];
  const value = valueOf(table);
  if (one.positionals !== undefined && (others.length > 0 || !isObject(value ?? {})))
    return ofArguments(one, args, more);
  if (value !== undefined && value !== null && !isObject(value))
    return [notATable(one.name, one.schema, args.map(valueOf))];
  if (table !== undefined && table.kind !== "table" && value === undefined) return [];
  const literal: LiteralTable =
    table?.kind === "table" ? table : { kind: "table", line: 0, fields: new Map(), items: [], isOpen: false };
  const whole = table === undefined || value === null ? {} : value;
  const rule = whole === undefined || one.parse === undefined ? [] : attempt(one, whole);
  if (whole !== undefined && one.parse !== undefined && rule.length === 0) return [];
  const faults = mistakesIn(one.schema, seenFields(literal), !literal.isOpen, shared(one));
  return faults.length > 0 ? faults : rule;
}

function shared(one: CheckedFunction): readonly string[] {
  return one.isShared === true ? Object.keys(commonFields) : [];
}

/** The rules over several fields, once each of them is right. */
function attempt({ parse }: CheckedFunction, whole: Value): readonly SlothError[] {
  try {
    parse?.(whole);
    return [];
  } catch (error) {
    if (error instanceof SlothError) return [error];
    throw error;
  }
}

function ofArguments(one: CheckedFunction, args: readonly Symbol[], more: boolean): readonly SlothError[] {
  if (one.positionals === undefined) return ofParameters(one, args, more);
  const { schema, names } = one.positionals;
  if (!more && args.length > names.length)
    return [new SlothError("E_FIELD", `takes ${names.length} at most, not ${args.length}`)];
  const seen = names.flatMap((name, i) => {
    const value = i < args.length ? valueOf(args[i]) : null;
    return value === null ? [] : [[name, { known: value !== undefined, value: value ?? null }] as const];
  });
  return mistakesIn(schema, new Map(seen), !more);
}

function ofParameters(one: CheckedFunction, args: readonly Symbol[], more: boolean): readonly SlothError[] {
  const { parameters } = one;
  if (parameters === undefined || parameters.some(({ name }) => name === "...")) return [];
  const missing = parameters.findIndex(
    ({ optional }, i) => optional !== true && (i >= args.length ? !more : valueOf(args[i]) === null),
  );
  const name = parameters[missing]?.name;
  if (name !== undefined) return [new SlothError("E_FIELD", `'${name}' is missing`)];
  return parameters.flatMap(({ name: its, type }, i) => {
    const value = args[i]?.kind === "constant" ? valueOf(args[i]) : undefined;
    return value === undefined || value === null || fits(value, type)
      ? []
      : [new SlothError("E_FIELD", `'${its}' is a ${typeof value}, expected a ${type}`)];
  });
}

/** Only of the plain types; whatever else a parameter takes is not judged. */
function fits(value: Value, type: string): boolean {
  if (type === "string") return typeof value === "string" || value instanceof Uint8Array;
  if (type === "boolean") return typeof value === "boolean";
  if (type === "integer" || type === "number") return typeof value === "number" || typeof value === "bigint";
  return type !== "table" || typeof value === "object";
}
