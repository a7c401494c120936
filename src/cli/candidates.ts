import type { Argument, Arguments, Named, Table } from "./command.ts";
import { findCommand } from "./dispatch.ts";
import { visibleEntries } from "./help.ts";

/** What a shell may offer for the last word: words with what they mean, or names of files. */
export type Candidates = "file" | "directory" | readonly Candidate[];
export type Candidate = readonly [word: string, meaning: string];

/** What the line says so far of where names come from. */
export interface Given {
  readonly database: string | undefined;
  readonly stack: string | undefined;
  /** A workflow file; undefined where the command takes none. */
  readonly file: string | undefined;
  readonly inventory: string | undefined;
}

/** Names that are known only at run time. */
export type Known = (named: Named, given: Given) => Promise<readonly Candidate[]>;

/** `words` are those after the program's name; the last one is being typed and may be empty. */
export async function candidatesFor(words: readonly string[], table: Table, known: Known): Promise<Candidates> {
  const current = words.at(-1) ?? "";
  const { target, rest } = findCommand(words.slice(0, -1), table);
  const found =
    typeof target === "function"
      ? await ofCommand((await target()).default.arguments, rest, current, known)
      : await ofTable(target, rest);
  return typeof found === "string" ? found : found.filter(([word]) => word.startsWith(current));
}

async function ofTable(table: Table, wrong: readonly string[]): Promise<Candidates> {
  if (wrong.length > 0) return [];
  const entries = await visibleEntries(table);
  return [...entries.map(({ name, summary }): Candidate => [name, summary]), HELP];
}

const HELP: Candidate = ["--help", "Show help."];

async function ofCommand(
  args: Arguments,
  typed: readonly string[],
  current: string,
  known: Known,
): Promise<Candidates> {
  const soFar = read(typed, args);
  const value = (argument: Argument<unknown>, typed = current) => ofValue(argument, typed, givenBy(soFar, args), known);
  if (soFar.awaiting !== undefined) return value(soFar.awaiting);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals > 0 && !soFar.operandsOnly) {
    const argument = args[current.slice(2, equals)];
    const values = argument?.form === "value" ? await value(argument, current.slice(equals + 1)) : [];
    // Files cannot be offered with a prefix by every shell; the form without "=" can.
    return typeof values === "string"
      ? []
      : values.map(([word, meaning]) => [current.slice(0, equals + 1) + word, meaning]);
  }
  if (current.startsWith("-") && !soFar.operandsOnly) return flags(args, soFar.values);
  const operands = Object.values(args).filter((argument) => argument.form === "operand");
  const next = operands[soFar.operands.length] ?? operands.findLast((argument) => argument.repeatable);
  return next === undefined ? flags(args, soFar.values) : value(next);
}

interface SoFar {
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  readonly operandsOnly: boolean;
  /** The flag whose value comes next. */
  readonly awaiting: Argument<unknown> | undefined;
}

/** As the strict check reads it, without its refusals: a line is often wrong until it is finished. */
function read(typed: readonly string[], args: Arguments): SoFar {
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i] ?? "";
    if (word === "--")
      return { values, operands: [...operands, ...typed.slice(i + 1)], operandsOnly: true, awaiting: undefined };
    if (!word.startsWith("--")) {
      operands.push(word);
      continue;
    }
    const [name = "", inline] = word.slice(2).split(/=(.*)/s);
    const argument = args[name];
    if (argument?.form !== "value" || inline !== undefined) {
      values.set(name, inline ?? "");
      continue;
    }
    if (i + 1 === typed.length) return { values, operands, operandsOnly: false, awaiting: argument };
    values.set(name, typed[++i] ?? "");
  }
  return { values, operands, operandsOnly: false, awaiting: undefined };
}

function flags(args: Arguments, given: ReadonlyMap<string, string>): Candidates {
  const open = Object.entries(args).filter(
    ([name, argument]) => argument.form !== "operand" && (argument.repeatable || !given.has(name)),
  );
  return [...open.map(([name, argument]): Candidate => [`--${name}`, argument.summary]), HELP];
}

async function ofValue(argument: Argument<unknown>, current: string, given: Given, known: Known): Promise<Candidates> {
  const { completes, options, separated } = argument;
  if (options !== undefined) return options.map((option) => [option, ""]);
  if (completes === undefined || completes === "file" || completes === "directory") return completes ?? [];
  const names = await known(completes, given);
  const before = separated === true ? current.slice(0, current.lastIndexOf(",") + 1) : "";
  const used = new Set(before.split(","));
  return names.filter(([name]) => !used.has(name)).map(([name, meaning]) => [before + name, meaning]);
}

/** By the names that all commands have for the same. */
function givenBy({ values, operands }: SoFar, args: Arguments): Given {
  const places = Object.entries(args).filter(([, argument]) => argument.form === "operand");
  const operand = (wanted: string): string | undefined => {
    const at = places.findIndex(([name]) => name === wanted);
    return at < 0 ? undefined : operands[at];
  };
  const takesFile = places.some(([name]) => name === "FILE");
  return {
    database: values.get("db"),
    stack: values.get("stack") ?? operand("NAME"),
    file: takesFile ? (operand("FILE") ?? "sloth.lua") : undefined,
    inventory: values.get("inventory"),
  };
}
