import type { Parameter } from "../engine/resource.ts";
import { splitTypes } from "../engine/shape.ts";
import { resultFields, type FunctionReference, type ModuleReference } from "./modules.ts";

/** Definitions for lua-language-server: one file for what modules share, one for each module. */
export function stubFiles(modules: readonly ModuleReference[]): ReadonlyMap<string, string> {
  return new Map([
    ["sloth-runner.lua", sharedStub()],
    ...modules.map((one) => [`${one.name}.lua`, moduleStub(one)] as const).filter(([, text]) => text !== EMPTY),
  ]);
}

function sharedStub(): string {
  return lines(
    "---@meta",
    "",
    "---An opaque value: it stays so through `..`, and only a module that needs it opens it.",
    "---@class Secret",
    "",
    "---What `goroutine.async` answers.",
    "---@class Goroutine",
    "",
    "---What every resource and every action answers.",
    "---@class Result",
    ...resultFields.map(field),
    "",
    "---The stack's configuration, then `--values`, then `--set`.",
    "---@type table<string, any>",
    "values = {}",
  );
}

const EMPTY = "---@meta\n";

function moduleStub(module: ModuleReference): string {
  const tables = new Set(module.functions.map((one) => one.name.slice(0, Math.max(0, one.name.lastIndexOf(".")))));
  tables.delete(""); // a function of its own, such as `task`
  return lines(
    "---@meta",
    ...module.types.flatMap((one) => ["", comment(one.summary), `---@class ${one.name}`, ...one.fields.map(field)]),
    ...[...tables].flatMap((name) => ["", ...(name === module.name ? tableStub(module) : []), `${name} = {}`]),
    ...module.functions.filter((one) => !tables.has(one.name)).flatMap((one) => ["", ...functionStub(one)]),
  );
}

function tableStub({ name, summary, constants, functions }: ModuleReference): readonly string[] {
  const fields = constants.map((one) => field({ ...one, name: one.name.slice(name.length + 1) }));
  const itself = functions.find((one) => one.name === name);
  const called =
    itself && `---@overload fun(${itself.parameters.map((one) => `${variable(one)}: ${one.type}`).join(", ")})`;
  // `assert` is a function of Lua's own too.
  const overload = name === "assert" ? "---@overload fun(value: any, message?: any, ...: any): any" : called;
  return [comment(summary), `---@class ${name}lib`, ...fields, ...(overload === undefined ? [] : [overload])];
}

function functionStub(reference: FunctionReference): readonly string[] {
  const { name, summary, example, call, parameters, common, returns, results } = reference;
  const answer = results.length === 0 ? returns : `${name}.Result`;
  const answers = answer === "" ? [] : splitTypes(answer).map((type) => `---@return ${type}`);
  const tableClass =
    call === "positional" ? [] : [`---@class ${name}.Call`, ...[...parameters, ...common].map(field), ""];
  const resultClass = results.length === 0 ? [] : [`---@class ${name}.Result: Result`, ...results.map(field), ""];
  const mayBeLeftOut = parameters.every((one) => one.optional === true);
  const table = `call${mayBeLeftOut ? "?" : ""}`;
  const given =
    call === "table"
      ? [`---@param ${table} ${name}.Call`]
      : parameters.map((one) => `---@param ${variable(one)} ${one.type} ${oneLine(one.summary)}`);
  const overload = call === "either" ? [`---@overload fun(${table}: ${name}.Call): ${answer}`] : [];
  const names = call === "table" ? ["call"] : parameters.map((one) => safeName(one.name));
  return [
    ...tableClass,
    ...resultClass,
    comment(summary),
    ...exampleLines(example),
    ...given,
    ...overload,
    ...answers,
    `function ${name}(${names.join(", ")}) end`,
  ];
}

/** Shown by editors beside the summary. */
function exampleLines(example: string): readonly string[] {
  return example === "" ? [] : ["---", comment(`\`\`\`lua\n${example}\n\`\`\``)];
}

function field({ name, type, optional, summary }: Parameter): string {
  return `---@field ${name}${optional === true ? "?" : ""} ${type} ${oneLine(summary)}`;
}

function variable({ name, optional }: Parameter): string {
  return `${safeName(name)}${optional === true ? "?" : ""}`;
}

/** A parameter may be called what Lua keeps for itself. */
function safeName(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name;
}

const RESERVED = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

function comment(text: string): string {
  return text
    .split("\n")
    .map((line) => `---${line}`)
    .join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
