import type { Parameter } from "../../engine/resource.ts";
import { fieldsOf, type Schema } from "../../engine/schema.ts";

/** A function of the Lua machine itself, as documentation and editor stubs tell it: it takes functions, so no module has it. */
interface LuaFunctionReference {
  readonly name: string;
  readonly summary: string;
  /** As that of a module's function. */
  readonly example: string;
  /** One table of the parameters, or the parameters in order. */
  readonly call: "table" | "positional";
  readonly parameters: readonly Parameter[];
  /** LuaCATS types of what it returns, "" for nothing. */
  readonly returns: string;
}

/** A table that workflows are given or write, with a name in the editor stubs. */
export interface TypeReference {
  readonly name: string;
  readonly summary: string;
  readonly fields: readonly Parameter[];
}

/** Some add to a module of the same name. */
export interface LuaModuleReference {
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly LuaFunctionReference[];
  /** Values beside the functions. */
  readonly constants?: readonly Parameter[] | undefined;
  readonly types?: readonly TypeReference[] | undefined;
  /** Of a page without functions. */
  readonly example?: string | undefined;
}

export function parameter(name: string, type: string, summary: string): Parameter {
  return { name, type, summary };
}

export function parametersOf(schema: Schema<unknown>): readonly Parameter[] {
  return [...fieldsOf(schema)].map(([name, note]) => ({ name, ...note }));
}
