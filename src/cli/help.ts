import { wrapped } from "../report/wrap.ts";
import type { Argument, Arguments, Command, Table } from "./command.ts";

const PROGRAM = "sloth-runner";
/** Where there is no terminal, or it does not say; longer lines than the widest are hard to read. */
const WIDTH = { usual: 100, widest: 120, narrowest: 40 };
/** With less room beside the names, what they mean stands below them. */
const BESIDE = 30;

/** Usage, arguments, flags and example of one command, for a terminal of that many columns. */
export function commandHelp(path: readonly string[], command: Command, columns?: number): string {
  const width = widthOf(columns);
  const operands = operandRows(command.arguments);
  const parts = [
    paragraphs(command.summary, width),
    ...(command.details === undefined ? [] : [paragraphs(command.details, width)]),
    paragraphs(`Usage: ${usage(path, command.arguments)}`, width),
    ...(operands.length === 0 ? [] : [section("Arguments", operands, width)]),
    section("Flags", flagRows(command.arguments), width),
    `Example:\n${indented(command.example)}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The commands of a group, or of the whole program. */
export async function tableHelp(
  path: readonly string[],
  summary: string,
  table: Table,
  columns?: number,
): Promise<string> {
  const width = widthOf(columns);
  const entries = await visibleEntries(table);
  const name = [PROGRAM, ...path].join(" ");
  const parts = [
    paragraphs(summary, width),
    paragraphs(`Usage: ${name} COMMAND [ARGUMENTS]`, width),
    section(
      "Commands",
      entries.map((entry) => [entry.name, entry.summary]),
      width,
    ),
    `Example:\n${indented(entries.find((entry) => entry.example !== undefined)?.example ?? name)}`,
    paragraphs(`'${name} COMMAND --help' says more about one of them.`, width),
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

function widthOf(columns: number = WIDTH.usual): number {
  return Math.min(WIDTH.widest, Math.max(WIDTH.narrowest, columns));
}

function paragraphs(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrapped(line, width).join("\n"))
    .join("\n");
}

function section(title: string, rows: readonly Row[], width: number): string {
  const first = Math.min(28, Math.max(...rows.map(([name]) => name.length)));
  const isBeside = width - first - 4 >= BESIDE;
  const column = " ".repeat(isBeside ? first + 4 : 6);
  const lines = rows.flatMap(([name, summary]) => {
    const [head = "", ...rest] = wrapped(summary, width - column.length);
    const fits = isBeside && name.length <= first;
    const named = wrapped(name, width - 2).map((line) => `  ${line}`);
    const start = fits ? [`  ${name.padEnd(first)}  ${head}`] : [...named, `${column}${head}`];
    return [...start, ...rest.map((line) => `${column}${line}`)];
  });
  return [`${title}:`, ...lines].join("\n");
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
