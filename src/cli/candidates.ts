import type { Argument, Arguments, Table } from "./command.ts";
import { findCommand } from "./dispatch.ts";
import { visibleEntries } from "./help.ts";

/** What a shell may offer for the last word: words with what they mean, or names of files. */
export type Candidates = "file" | "directory" | readonly Candidate[];
export type Candidate = readonly [word: string, meaning: string];

/** Names that are known only at run time, given the flags so far. */
export interface Known {
  stacks(database: string | undefined): Promise<readonly string[]>;
  modules(): Promise<readonly Candidate[]>;
}

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
  const value = (argument: Argument<unknown>) => ofValue(argument, soFar.values.get("db"), known);
  if (soFar.awaiting !== undefined) return value(soFar.awaiting);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals > 0 && !soFar.operandsOnly) {
    const argument = args[current.slice(2, equals)];
    const values = argument?.form === "value" ? await value(argument) : [];
    // Files cannot be offered with a prefix by every shell; the form without "=" can.
    return typeof values === "string"
      ? []
      : values.map(([word, meaning]) => [current.slice(0, equals + 1) + word, meaning]);
  }
  if (current.startsWith("-") && !soFar.operandsOnly) return flags(args, soFar.values);
  const operands = Object.values(args).filter((argument) => argument.form === "operand");
  const next = operands[soFar.operands] ?? operands.findLast((argument) => argument.repeatable);
  return next === undefined ? flags(args, soFar.values) : value(next);
}

interface SoFar {
  readonly values: ReadonlyMap<string, string>;
  readonly operands: number;
  readonly operandsOnly: boolean;
  /** The flag whose value comes next. */
  readonly awaiting: Argument<unknown> | undefined;
}

/** As the strict check reads it, without its refusals: a line is often wrong until it is finished. */
function read(typed: readonly string[], args: Arguments): SoFar {
  const values = new Map<string, string>();
  let operands = 0;
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i] ?? "";
    if (word === "--")
      return { values, operands: operands + typed.length - i - 1, operandsOnly: true, awaiting: undefined };
    if (!word.startsWith("--")) {
      operands++;
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

async function ofValue(argument: Argument<unknown>, database: string | undefined, known: Known): Promise<Candidates> {
  if (argument.options !== undefined) return argument.options.map((option) => [option, ""]);
  if (argument.completes === "stack") return (await known.stacks(database)).map((name) => [name, "stack"]);
  if (argument.completes === "module") return known.modules();
  return argument.completes ?? [];
}
