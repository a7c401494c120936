import type { Parameter } from "../../engine/resource.ts";
import { splitTypes } from "../../engine/shape.ts";
import { resultFields, type FunctionReference, type ModuleReference } from "./_reference.ts";

/** Definitions for lua-language-server: one file for what modules share, one for each module. */
export function stubFiles(modules: readonly ModuleReference[]): ReadonlyMap<string, string> {
  return new Map([
    ["sloth-runner.lua", sharedStub()],
    ...modules.map((one) => [`${one.name}.lua`, moduleStub(one)] as const),
  ]);
}

function sharedStub(): string {
  return lines(
    "---@meta",
    "",
    "---An opaque value: it stays so through `..`, and only a module that needs it opens it.",
    "---@class Secret",
    "",
    "---What a task's function is given.",
    "---@class TaskContext",
    "---@field task string The task's name.",
    "---@field workflow? string The workflow's name.",
    "---@field tags string[] The task's tags.",
    "---@field host? string Where its calls go.",
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

function moduleStub(module: ModuleReference): string {
  const tables = new Set(module.functions.map((one) => one.name.slice(0, Math.max(0, one.name.lastIndexOf(".")))));
  tables.delete(""); // a function of its own, such as `task`
  return lines(
    "---@meta",
    ...[...tables].flatMap((name) => ["", ...(name === module.name ? tableStub(module) : []), `${name} = {}`]),
    ...module.functions.flatMap((one) => ["", ...functionStub(one)]),
  );
}

function tableStub({ name, summary, constants }: ModuleReference): readonly string[] {
  const overload = "---@overload fun(value: any, message?: any, ...: any): any";
  // `assert` is a function of Lua's own too.
  const fields = constants.map((one) => field({ ...one, name: one.name.slice(name.length + 1) }));
  return [comment(summary), `---@class ${name}lib`, ...fields, ...(name === "assert" ? [overload] : [])];
}

function functionStub(reference: FunctionReference): readonly string[] {
  const { name, summary, call, parameters, common, returns, results } = reference;
  const answer = results.length === 0 ? returns : `${name}.Result`;
  const answers = answer === "" ? [] : splitTypes(answer).map((type) => `---@return ${type}`);
  const tableClass =
    call === "positional" ? [] : [`---@class ${name}.Call`, ...[...parameters, ...common].map(field), ""];
  const resultClass =
    results.length === 0
      ? []
      : [`---@class ${name}.Result: Result`, ...results.map((one) => `---@field ${one} any`), ""];
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
    ...given,
    ...overload,
    ...answers,
    `function ${name}(${names.join(", ")}) end`,
  ];
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
