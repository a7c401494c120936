import type { Argument, Arguments, Command, Table } from "./command.ts";

const PROGRAM = "sloth-runner";
const WIDTH = 100;

/** Usage, arguments, flags and example of one command. */
export function commandHelp(path: readonly string[], command: Command): string {
  const operands = operandRows(command.arguments);
  const parts = [
    command.summary,
    ...(command.details === undefined ? [] : [command.details]),
    `Usage: ${usage(path, command.arguments)}`,
    ...(operands.length === 0 ? [] : [section("Arguments", operands)]),
    section("Flags", flagRows(command.arguments)),
    `Example:\n${indented(command.example)}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The commands of a group, or of the whole program. */
export async function tableHelp(path: readonly string[], summary: string, table: Table): Promise<string> {
  const entries = await visibleEntries(table);
  const name = [PROGRAM, ...path].join(" ");
  const parts = [
    summary,
    `Usage: ${name} COMMAND [ARGUMENTS]`,
    section(
      "Commands",
      entries.map((entry) => [entry.name, entry.summary]),
    ),
    `Example:\n${indented(entries.find((entry) => entry.example !== undefined)?.example ?? name)}`,
    `'${name} COMMAND --help' says more about one of them.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Of a command; a group has none. */
  readonly example: string | undefined;
}

/** Without the commands that are only for programs, and the groups that have no others. */
export async function visibleEntries(table: Table): Promise<readonly Entry[]> {
  const entries = Object.entries(table).map(async ([name, entry]): Promise<readonly Entry[]> => {
    if (typeof entry !== "function") {
      const inside = await visibleEntries(entry.commands);
      return inside.length === 0 ? [] : [{ name, summary: entry.summary, example: undefined }];
    }
    const { summary, example, hidden } = (await entry()).default;
    return hidden ? [] : [{ name, summary, example }];
  });
  return (await Promise.all(entries)).flat();
}

/** `sloth-runner stack show NAME [FLAGS]` */
export function usage(path: readonly string[], known: Arguments): string {
  const operands = Object.entries(known).flatMap(([name, argument]) => {
    if (argument.form !== "operand") return [];
    const shown = argument.repeatable ? `${name}...` : name;
    return [argument.required ? shown : `[${shown}]`];
  });
  return [PROGRAM, ...path, ...operands, "[FLAGS]"].join(" ");
}

export type Row = readonly [name: string, summary: string];

export function operandRows(known: Arguments): readonly Row[] {
  const operands = Object.entries(known).filter(([, argument]) => argument.form === "operand");
  return operands.map(([name, argument]) => [name, argument.summary]);
}

export function flagRows(known: Arguments): readonly Row[] {
  const flags = Object.entries(known).filter(([, argument]) => argument.form !== "operand");
  return [...flags.map(([name, argument]): Row => [flagShown(name, argument), summaryOf(argument)]), HELP_ROW];
}

const HELP_ROW: Row = ["-h, --help", "Show this help."];

function flagShown(name: string, argument: Argument<unknown>): string {
  const long = argument.form === "switch" ? `--${name}` : `--${name} ${argument.hint}`;
  return argument.short === undefined ? long : `-${argument.short}, ${long}`;
}

function summaryOf(argument: Argument<unknown>): string {
  const notes = [
    ...(argument.repeatable ? ["May be repeated."] : []),
    ...(argument.fallback === undefined ? [] : [`Default: ${argument.fallback}.`]),
  ];
  return [argument.summary, ...notes].join(" ");
}

function section(title: string, rows: readonly Row[]): string {
  const first = Math.min(28, Math.max(...rows.map(([name]) => name.length)));
  const column = " ".repeat(first + 4);
  const lines = rows.flatMap(([name, summary]) => {
    const [head = "", ...rest] = wrapped(summary, WIDTH - column.length);
    const start = name.length <= first ? [`  ${name.padEnd(first)}  ${head}`] : [`  ${name}`, `${column}${head}`];
    return [...start, ...rest.map((line) => `${column}${line}`)];
  });
  return [`${title}:`, ...lines].join("\n");
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
