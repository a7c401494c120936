import type { Parameter } from "../../engine/resource.ts";
import { splitTypes } from "../../engine/shape.ts";
import { commonParameters, resultFields, type FunctionReference, type ModuleReference } from "./_reference.ts";

/** A module in Markdown that also reads well on a terminal: `modules show`, and the pages of docs/modules. */
export function moduleMarkdown(module: ModuleReference): string {
  const constants = module.constants.length === 0 ? [] : [module.constants.map(listed).join("\n")];
  const parts = [`# ${module.name}`, module.summary, ...constants, ...module.functions.map(functionMarkdown)];
  return `${parts.join("\n\n")}\n`;
}

function functionMarkdown(reference: FunctionReference): string {
  const { name, summary, parameters, common } = reference;
  const also = common.map((one) => `\`${one.name}\``).join(", ");
  const parts = [
    `## ${name}`,
    summary,
    `    ${callOf(reference)}`,
    ...(parameters.length === 0 ? [] : [parameters.map(listed).join("\n")]),
    ...(common.length === 0 ? [] : [`Takes ${also} too.`]),
    ...answer(reference),
  ];
  return parts.join("\n\n");
}

/** `file_ops.copy{ dest, src?, … }`, `json.encode(value, options?)` */
function callOf({ name, call, parameters }: FunctionReference): string {
  const names = parameters.map((one) => `${one.name}${one.optional === true ? "?" : ""}`);
  const table = `${name}{${names.length === 0 ? "" : ` ${names.join(", ")} `}}`;
  const positional = `${name}(${names.join(", ")})`;
  return { table, positional, either: `${positional}  or  ${table}` }[call];
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
  if (returns !== "Result") return [`Returns ${splitTypes(returns).map(shownType).join(", ")}.`];
  const own = results.map((one) => `\`${one}\``).join(", ");
  return [`Returns a result${own === "" ? "" : ` with ${own}`}.`];
}

/** What the pages of all modules have in common. */
export function sharedMarkdown(): string {
  const parts = [
    "## What all calls share",
    "Every function that looks at or changes a machine takes, beside its own fields:",
    commonParameters.map(listed).join("\n"),
    "What keeps a resource and what does an action answers a result:",
    resultFields.map(listed).join("\n"),
    "On failure a call raises an error: a table with `code`, `message` and `hint`, which `pcall` catches and of which `tostring` makes a sentence.",
  ];
  return `${parts.join("\n\n")}\n`;
}
