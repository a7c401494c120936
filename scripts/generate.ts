import { visibleEntries, flagRows, operandRows, usage } from "../src/cli/help.ts";
import type { Command, Table } from "../src/cli/command.ts";
import { commands } from "../src/commands/index.ts";
import { moduleMarkdown, sharedMarkdown } from "../src/reference/markdown.ts";
import { allModules } from "../src/reference/modules.ts";
import { licenses } from "./licenses.ts";

/** Writes what is made from the program itself, the pages of docs/ and the licences: `npm run generate`. */
if (import.meta.main) for (const [path, text] of await generatedPages()) await Bun.write(path, text);

/** Path below the project, and text, of every generated page. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const modules = allModules();
  const pages = modules.map((module) => [`docs/modules/${module.name}.md`, moduleMarkdown(module)] as const);
  const index = modules.map(({ name, summary }) => `- [${name}](${name}.md): ${summary}`).join("\n");
  return new Map([
    ["docs/commands.md", await commandsPage()],
    ["docs/modules/README.md", `# Modules\n\n${index}\n\n${sharedMarkdown()}`],
    ...pages,
    ["LICENSES.txt", licenses()],
  ]);
}

async function commandsPage(): Promise<string> {
  const intro =
    "# Commands\n\nA flag's value is given as `--flag value` or `--flag=value`; what starts with a dash needs the second form. " +
    "After `--` everything is an argument. A line that is not certain to be understood does nothing and exits with 64.";
  return `${[intro, ...(await sections(commands, []))].join("\n\n")}\n`;
}

async function sections(table: Table, path: readonly string[]): Promise<readonly string[]> {
  const visible = await visibleEntries(table);
  const parts = visible.map(async ({ name, summary }) => {
    const entry = table[name];
    const words = [...path, name];
    if (typeof entry === "function") return [commandSection(words, (await entry()).default)];
    return [`## ${words.join(" ")}\n\n${summary}`, ...(await sections(entry?.commands ?? {}, words))];
  });
  return (await Promise.all(parts)).flat();
}

function commandSection(path: readonly string[], command: Command): string {
  const rows = [...operandRows(command.arguments), ...flagRows(command.arguments)];
  const parts = [
    `${"#".repeat(path.length + 1)} ${path.join(" ")}`,
    command.summary,
    ...(command.details === undefined ? [] : [command.details.replaceAll("\n", "\\\n")]),
    indented(usage(path, command.arguments)),
    rows.map(([name, summary]) => `- \`${name}\`: ${summary}`).join("\n"),
    `Example:\n\n${indented(command.example)}`,
  ];
  return parts.join("\n\n");
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
