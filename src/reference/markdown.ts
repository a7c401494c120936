import type { Parameter } from "../engine/resource.ts";
import { splitTypes, tableType } from "../engine/shape.ts";
import type { TypeReference } from "../lua/reference/reference.ts";
import { commonParameters, resultFields, type FunctionReference, type ModuleReference } from "./modules.ts";

/** A module in Markdown that also reads well as it is: `modules show`, and the pages of docs/modules. */
export function moduleMarkdown(module: ModuleReference): string {
  const { name, summary, constants, types, example, functions } = module;
  const parts = [
    `# ${name}`,
    summary,
    ...(constants.length === 0 ? [] : [listOf(constants)]),
    ...types.flatMap(typeMarkdown),
    ...exampleMarkdown(example),
    ...functions.map(functionMarkdown),
  ];
  return `${parts.join("\n\n")}\n`;
}

function typeMarkdown({ name, summary, fields }: TypeReference): readonly string[] {
  return [`\`${name}\`: ${summary}`, listOf(fields)];
}

function functionMarkdown(reference: FunctionReference): string {
  const { name, summary, parameters, common, example } = reference;
  const also = common.map((one) => `\`${one.name}\``).join(", ");
  const parts = [
    `## ${name}`,
    summary,
    `    ${callOf(reference)}`,
    ...(parameters.length === 0 ? [] : [listOf(parameters)]),
    ...(common.length === 0 ? [] : [`Takes ${also} too.`]),
    ...answer(reference),
    ...exampleMarkdown(example),
  ];
  return parts.join("\n\n");
}

function exampleMarkdown(example: string): readonly string[] {
  return example === "" ? [] : [`Example:\n\n\`\`\`lua\n${example}\n\`\`\``];
}

/** `file_ops.copy{ dest, src?, … }`, `json.encode(value, options?)` */
function callOf({ name, call, parameters }: FunctionReference): string {
  const names = parameters.map((one) => `${one.name}${one.optional === true ? "?" : ""}`);
  const table = `${name}{${names.length === 0 ? "" : ` ${names.join(", ")} `}}`;
  const positional = `${name}(${names.join(", ")})`;
  return { table, positional, either: `${positional}  or  ${table}` }[call];
}

function listOf(parameters: readonly Parameter[]): string {
  return parameters.map(listed).join("\n");
}

function listed({ name, type, optional, summary }: Parameter): string {
  return `- \`${name}\` (${optional === true ? "optional " : ""}${shownType(type)}): ${summary}`;
}

/** In Markdown, a type with `|` or `<` in it is code. */
function shownType(type: string): string {
  return /^\w+$/.test(type) ? type : `\`${type}\``;
}

function answer({ returns, results }: FunctionReference): readonly string[] {
  if (returns === "") return [];
  if (returns === "Result")
    return results.length === 0 ? ["Returns a result."] : [`Returns a result, and in it:\n\n${listOf(results)}`];
  const types = splitTypes(returns);
  const table = types.length === 1 ? tableType(returns) : undefined;
  if (table === undefined) return [`Returns ${types.map(shownType).join(", ")}.`];
  const { fields, isList, isOptional } = table;
  const what = isList ? "a list of tables" : isOptional ? "nil, or a table" : "a table";
  const rows = fields.map(
    ({ name, type, optional }) => `- \`${name}\` (${optional ? "optional " : ""}${shownType(type)})`,
  );
  return [`Returns ${what} with:\n\n${rows.join("\n")}`];
}

/** What the pages of all modules have in common. */
export function sharedMarkdown(): string {
  const parts = [
    "## What all calls share",
    "Every function that looks at or changes a machine takes, beside its own fields:",
    listOf(commonParameters),
    "What keeps a resource and what does an action answers a result:",
    listOf(resultFields),
    "On failure a call raises an error: a table with `code`, `message` and `hint`, which `pcall` catches and of which `tostring` makes a sentence.",
  ];
  return `${parts.join("\n\n")}\n`;
}
