import { runCommand } from "citty";
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { printable } from "../base/printable.ts";
import { readArguments } from "./args.ts";
import type { Command, Context, Group, Invocation, Loader, Table } from "./command.ts";

/** The world around a command; dispatch adds which command it is. */
export type Surroundings = Omit<Context, "table" | "path" | "line">;

/** What the words of a command line name: a command, or a group of them. */
export interface Found {
  readonly path: readonly string[];
  readonly rest: readonly string[];
  readonly target: Loader | Table;
  /** Of the group that `target` is. */
  readonly summary: string;
}

const PURPOSE = "Keeps machines as Lua workflows say they should be, and a record of it that tells what drifted.";

/** Runs what the arguments ask for and answers the exit code. Wrong arguments are a UsageError before anything is done. */
export async function dispatch(argv: readonly string[], table: Table, around: Surroundings): Promise<number> {
  const found = findCommand(spelledOut(argv), table);
  if (asksForHelp(found.rest)) {
    around.stdout.write(await helpOf(found, around.stdout.columns));
    return 0;
  }
  if (typeof found.target === "function") {
    const context = { ...around, table, path: found.path, line: lineOf(argv) };
    return invoke((await found.target()).default, found.rest, context);
  }
  const typed = found.rest[0];
  if (typed !== undefined) throw await unknownCommand(typed, found.path, found.target);
  around.stderr.write(await helpOf(found, around.stderr.columns));
  return new UsageError("").exitCode;
}

/** `help stack new` and `--version` are other ways to say `stack new --help` and `version`. */
function spelledOut(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === "help") return [...rest, "--help"];
  return first === "-V" || first === "--version" ? ["version", ...rest] : argv;
}

/** Follows words through the table as far as they name something. */
export function findCommand(words: readonly string[], table: Table): Found {
  let target: Loader | Table = table;
  let summary = PURPOSE;
  let depth = 0;
  while (typeof target !== "function") {
    const next: Loader | Group | undefined = ownEntry(target, words[depth]);
    if (next === undefined) break;
    if (typeof next !== "function") summary = next.summary;
    target = typeof next === "function" ? next : next.commands;
    depth++;
  }
  return { path: words.slice(0, depth), rest: words.slice(depth), target, summary };
}

function ownEntry(table: Table, name: string | undefined): Loader | Group | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

async function invoke(command: Command, argv: readonly string[], context: Context): Promise<number> {
  const invocation: Invocation = { values: readArguments(argv, command.arguments), context };
  // citty's own parser is given nothing to read: it would take unknown flags and lost values silently.
  const { result } = await runCommand(command, { rawArgs: [], data: invocation });
  return typeof result === "number" ? result : 0;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

async function helpOf(found: Found, columns: number | undefined): Promise<string> {
  const { commandHelp, tableHelp } = await import("./help.ts");
  if (typeof found.target !== "function") return tableHelp(found.path, found.summary, found.target, columns);
  return commandHelp(found.path, (await found.target()).default, columns);
}

async function unknownCommand(typed: string, path: readonly string[], table: Table): Promise<UsageError> {
  if (typed.startsWith("-"))
    return new UsageError(`unknown flag '${printable(typed)}'`, { hint: "flags come after the command's name" });
  const { visibleEntries } = await import("./help.ts");
  const names = (await visibleEntries(table)).map(({ name }) => name);
  const { meantBy } = await import("./other-words.ts");
  const meant = path.length === 0 ? await meantBy(typed, table) : undefined;
  if (meant !== undefined)
    return new UsageError(`${printable(typed)} is no command`, {
      hint: `it is 'sloth-runner ${printable(meant)}' here`,
    });
  const hint = didYouMean(typed, names) ?? `known commands are ${names.join(", ")}`;
  return new UsageError(`unknown command '${[...path, printable(typed)].join(" ")}'`, { hint });
}

/** What was asked for, for the record and for others who wait: without the values of --set, which may be secrets. */
function lineOf(argv: readonly string[]): string {
  const hidden = (pair: string): string => pair.replace(/^([^=]*=)(?!@|env:).+$/s, "$1…");
  return argv
    .map((word, at) => {
      if (argv[at - 1] === "--set") return hidden(word);
      return word.startsWith("--set=") ? `--set=${hidden(word.slice("--set=".length))}` : word;
    })
    .join(" ");
}
