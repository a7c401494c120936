import { defineCommand, type ArgDef, type CommandDef } from "citty";
import type { Sink } from "../report/sink.ts";

/** What is known by names that a shell can be told. */
export type Named = "stack" | "module" | "task" | "tag" | "host" | "kind" | "run";

/** A flag or an operand: citty's definition, with what the strict check, help, completions and documentation need beside it. */
export interface Argument<T> {
  /** switch: `--diff`. value: `--stack NAME`. operand: `NAME`. */
  readonly form: "switch" | "value" | "operand";
  readonly summary: string;
  /** Another way to write a flag: "o" for `-o`. */
  readonly short?: string | undefined;
  /** Stands for the value in help: `NAME`. */
  readonly hint: string;
  readonly required: boolean;
  readonly repeatable: boolean;
  readonly options?: readonly string[] | undefined;
  /** What a shell offers for the value. */
  readonly completes?: "file" | "directory" | Named | undefined;
  /** Several values with commas between them. */
  readonly separated?: boolean | undefined;
  /** The empty string is a value; otherwise it is taken for a shell variable that was not set. */
  readonly allowEmpty?: boolean | undefined;
  /** Told in help. */
  readonly fallback?: string | undefined;
  /** The value of what was given, in order (nothing: it was not); a `Mismatch` says what was expected. */
  read(given: readonly string[]): T | Mismatch;
}

export class Mismatch {
  readonly given: string;
  readonly expected: string;
  constructor(given: string, expected: string) {
    this.given = given;
    this.expected = expected;
  }
}

/** Names of flags are written as they are typed, without the dashes; operands are named as help shows them. */
export type Arguments = { readonly [name: string]: Argument<unknown> };
export type Values<A extends Arguments> = {
  readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never;
};

/** What a command may use of the world around it. */
export interface Context {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Asks on the terminal; answers undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The same, without showing what is typed. */
  readonly askHidden: (question: string) => Promise<string | undefined>;
  /** Every command, for completions and documentation. */
  readonly table: Table;
  /** Words of this command: ["stack", "list"]. */
  readonly path: readonly string[];
  /** As typed, for the record: "stack destroy web --yes". */
  readonly line: string;
}

/** The exit code; nothing is 0. */
type Answer = number | void;

export interface Command extends CommandDef {
  readonly summary: string;
  /** More than the summary, after it in help. */
  readonly details?: string | undefined;
  /** One or more command lines. */
  readonly example: string;
  readonly hidden: boolean;
  readonly arguments: Arguments;
}

export interface CommandInput<A extends Arguments> {
  readonly summary: string;
  readonly details?: string | undefined;
  readonly example: string;
  readonly hidden?: boolean | undefined;
  readonly args: A;
  run(args: Values<A>, context: Context): Promise<Answer>;
}

/** Handed to citty, which runs the command; the strict check has made `values` before. */
export interface Invocation {
  readonly values: Readonly<Record<string, unknown>>;
  readonly context: Context;
}

/** Declares a command. The default export of its file. */
export function command<const A extends Arguments>(input: CommandInput<A>): Command {
  const definition = defineCommand({
    meta: { description: input.summary, hidden: input.hidden === true },
    args: Object.fromEntries(Object.entries(input.args).map(([name, argument]) => [name, toCitty(argument)])),
    run({ data }: { data?: Invocation }): Promise<Answer> {
      if (data === undefined) throw new TypeError("a command was run without the check of its arguments");
      // The strict check filled `values` by the very `args` this type comes from.
      return input.run(data.values as Values<A>, data.context);
    },
  });
  return {
    ...definition,
    summary: input.summary,
    details: input.details,
    example: input.example,
    hidden: input.hidden === true,
    arguments: input.args,
  };
}

/** Required is our own check's word: citty is never given raw arguments (see dispatch). */
function toCitty(argument: Argument<unknown>): ArgDef {
  const common = { description: argument.summary, valueHint: argument.hint, required: false };
  if (argument.form === "switch") return { ...common, type: "boolean" };
  if (argument.form === "operand") return { ...common, type: "positional" };
  if (argument.options === undefined) return { ...common, type: "string" };
  return { ...common, type: "enum", options: [...argument.options] };
}

export type Loader = () => Promise<{ readonly default: Command }>;

export interface Group<T extends Table = Table> {
  readonly summary: string;
  readonly commands: T;
}

export type Table = { readonly [name: string]: Loader | Group };

export function group<const T extends Table>(summary: string, commands: T): Group<T> {
  return { summary, commands };
}

/** "version" | "modules list" | …: every command of a table. */
export type CommandPath<T extends Table> = {
  [K in keyof T & string]: T[K] extends Group<infer Inner> ? `${K} ${CommandPath<Inner>}` : K;
}[keyof T & string];
