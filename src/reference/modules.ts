import { commonFields } from "../engine/call/common-fields.ts";
import type { ModuleDefinition, ModuleFunction, Parameter } from "../engine/resource.ts";
import { fieldsOf, type Schema } from "../engine/schema.ts";
import { luaReference } from "../lua/reference.ts";
import type { TypeReference } from "../lua/reference/reference.ts";
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { modules } from "../modules/registry.ts";
import { printable } from "../base/printable.ts";

/** A module as its documentation, its editor stubs and `modules show` tell it. */
export interface ModuleReference {
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly FunctionReference[];
  readonly constants: readonly Parameter[];
  readonly types: readonly TypeReference[];
  /** Of a page without functions; "" where the functions have theirs. */
  readonly example: string;
}

export interface FunctionReference {
  readonly name: string;
  readonly summary: string;
  /** Lua that shows it at work. */
  readonly example: string;
  /** Called with one table of the parameters, with the parameters in order, or as the caller likes. */
  readonly call: "table" | "positional" | "either";
  readonly parameters: readonly Parameter[];
  /** Fields that every call of this kind takes too. */
  readonly common: readonly Parameter[];
  /** LuaCATS types; `Result` is what every resource and action answers. */
  readonly returns: string;
  /** Fields of the result beside those of every result. */
  readonly results: readonly Parameter[];
}

/** Sorted by name; the Lua machine's own functions stand with the modules they belong to. */
export function allModules(): readonly ModuleReference[] {
  const all = new Map(modules.map((module) => [module.name, moduleReference(module)]));
  for (const { name, summary, functions, constants = [], types = [], example = "" } of luaReference) {
    const own = functions.map((one) => ({ ...one, example: dedented(one.example), common: [], results: [] }));
    const module = all.get(name) ?? { name, summary, functions: [], constants, types, example: dedented(example) };
    all.set(name, { ...module, functions: [...module.functions, ...own], constants });
  }
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One module, or the one function that `name` is. */
export function findReference(name: string): ModuleReference {
  const all = allModules();
  const found = all.find((module) => module.name === name);
  if (found !== undefined) return found;
  for (const module of all) {
    const functions = module.functions.filter((one) => one.name === name);
    if (functions.length > 0) return { ...module, functions, constants: [] };
  }
  const known = all.flatMap((module) => [module.name, ...module.functions.map((one) => one.name)]);
  const hint = didYouMean(name, known) ?? `known modules are ${all.map((module) => module.name).join(", ")}`;
  throw new UsageError(`there is no module ${printable(name)}`, { hint });
}

function moduleReference({ name, summary, functions }: ModuleDefinition): ModuleReference {
  return { name, summary, functions: functions.map(functionReference), constants: [], types: [], example: "" };
}

function functionReference(definition: ModuleFunction): FunctionReference {
  const { name, summary } = definition;
  const example = dedented(definition.example ?? "");
  if (definition.form === "function") {
    const { params: parameters, returns } = definition;
    return { name, summary, example, call: "positional", parameters, common: [], returns, results: [] };
  }
  const parameters = parametersOf(definition.schema);
  const common = commonParameters.filter((one) => !parameters.some((own) => own.name === one.name));
  const shape = { name, summary, example, parameters, common };
  if (definition.form === "query")
    return {
      ...shape,
      call: definition.positional === undefined ? "table" : "either",
      returns: definition.returns,
      results: [],
    };
  const results = definition.form === "action" ? definition.results : [];
  return { ...shape, call: "table", returns: "Result", results };
}

function parametersOf(schema: Schema<unknown>): readonly Parameter[] {
  return [...fieldsOf(schema)].map(([name, note]) => ({ name, ...note }));
}

/** Without the indentation that all lines have, and empty lines around it. */
function dedented(text: string): string {
  const lines = text
    .replace(/^\s*\n/, "")
    .trimEnd()
    .split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join("\n");
}

const types: Readonly<Record<keyof typeof commonFields, string>> = {
  name: "string",
  delegate_to: "string",
  timeout: "string|number",
  sensitive: "boolean",
};

/** What every call that looks at or changes a machine takes. */
export const commonParameters: readonly Parameter[] = Object.entries(commonFields).map(([name, summary]) => ({
  name,
  summary,
  type: types[name as keyof typeof commonFields], // the keys of the very object that is walked
  optional: true,
}));

/** What every resource and every action answers. */
export const resultFields: readonly Parameter[] = [
  { name: "changed", type: "boolean", summary: "Whether something was changed; in a plan, whether it would be." },
  { name: "action", type: '"none"|"create"|"update"|"delete"|"run"', summary: "What was done, or would be." },
  { name: "type", type: "string", summary: "The function's name." },
  { name: "name", type: "string", summary: "What it kept, such as a path." },
  {
    name: "changes",
    type: "{ property: string, from: any, to: any }[]",
    summary: "What differed, property by property.",
  },
  { name: "message", type: "string", summary: "The same in words." },
  { name: "predicted", type: "boolean", summary: "Said by a plan, not done." },
  {
    name: "carried",
    type: "boolean",
    summary:
      "Nothing was left to do, but an earlier change is told again since what depends on it did not succeed then.",
  },
];
