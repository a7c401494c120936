import { defineFunction, type CallContext, type Example, type HostFunction } from "../../engine/resource.ts";
import { fieldsOf, parseProps, type FieldNote, type Schema } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";

interface Positional<P> {
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly example?: Example;
  /** Its fields are the parameters, in this order; nil stands for an absent one. */
  readonly params: Schema<P>;
  /** The function takes one table of that name, with these fields. */
  readonly takes?: string | undefined;
  readonly returns: string;
  readonly keepsNull?: boolean | undefined;
  readonly keepsOrder?: boolean | undefined;
  readonly keepsFloats?: boolean | undefined;
  call(params: P, context: CallContext): ReturnType<HostFunction["call"]>;
}

/** A function of the controller whose positional arguments are checked by a schema, as the fields of a resource are. */
export function functionOf<P>(definition: Positional<P>): HostFunction {
  const { params: schema, takes } = definition;
  const notes = [...fieldsOf(schema)];
  return defineFunction({
    ...definition,
    schema,
    takesTable: takes !== undefined,
    params:
      takes === undefined
        ? notes.map(([name, note]) => ({ name, ...note }))
        : [{ name: takes, type: tableType(notes), summary: "One table." }],
    call(args, context) {
      const given = takes === undefined ? named(notes, args) : onlyOne(args);
      return definition.call(parseProps(schema, given), context);
    },
  });
}

function named(notes: readonly (readonly [string, unknown])[], args: readonly (Value | undefined)[]): object {
  if (args.length > notes.length) throw tooMany(notes.length, args.length);
  const given = notes.map(([name], index) => [name, args[index] ?? undefined] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function onlyOne(args: readonly Value[]): Value {
  if (args.length > 1) throw tooMany(1, args.length);
  return args[0] ?? {};
}

/** As LuaCATS writes the type of a table: `{ type: string, probe?: string[] }`. */
function tableType(notes: readonly (readonly [string, FieldNote])[]): string {
  return `{ ${notes.map(([name, { type, optional }]) => `${name}${optional ? "?" : ""}: ${type}`).join(", ")} }`;
}

function tooMany(expected: number, given: number): SlothError {
  const takes = expected === 0 ? "no arguments" : expected === 1 ? "one argument" : `at most ${expected} arguments`;
  return new SlothError("E_FIELD", `takes ${takes}, not ${given}`);
}
