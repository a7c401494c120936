import { durationMs } from "../base/duration.ts";
import { Mismatch, type Argument } from "./command.ts";

/*
 * Words that declare flags and operands. `summary` is one sentence for help, `hint` stands for the value: NAME.
 */

type Completes = Argument<unknown>["completes"];

/** `--diff`, or `--no-diff`. */
export function flag(summary: string): Argument<boolean> {
  const form = { form: "switch", summary, hint: "", required: false, repeatable: false } as const;
  return { ...form, read: (given) => given[0] === "true" };
}

/** `--stack NAME` */
export function text(summary: string, hint: string, completes?: Completes): Argument<string | undefined> {
  return { ...valued(summary, hint), completes, read: (given) => given[0] };
}

/** `--set K=V`, any number of times. */
export function texts(summary: string, hint: string, completes?: Completes): Argument<readonly string[]> {
  return { ...valued(summary, hint), repeatable: true, completes, read: (given) => given };
}

/** `--tags A,B`; several times add up. */
export function list(summary: string, hint: string, completes?: Completes): Argument<readonly string[]> {
  const read = (given: readonly string[]): readonly string[] | Mismatch => {
    const items = given.flatMap((part) => part.split(",").map((item) => item.trim()));
    return items.includes("") ? new Mismatch(given.join(","), "a list such as a,b without empty items") : items;
  };
  return { ...valued(summary, hint), repeatable: true, separated: true, completes, read };
}

/** `--output json`; `fallback` when it is not given. */
export function oneOf<const T extends string, const F extends T | undefined>(
  summary: string,
  options: readonly T[],
  fallback: F,
): Argument<T | F> {
  const read = (given: readonly string[]): T | F | Mismatch => {
    const typed = given[0];
    if (typed === undefined) return fallback;
    return options.find((option) => option === typed) ?? new Mismatch(typed, `one of ${options.join(", ")}`);
  };
  return { ...valued(summary, options.join("|")), options, fallback, read };
}

/** `--timeout 5m`, as milliseconds. */
export function duration(summary: string): Argument<number | undefined> {
  const read = (given: readonly string[]): number | undefined | Mismatch =>
    given[0] === undefined
      ? undefined
      : (durationMs(given[0]) ?? new Mismatch(given[0], "a duration such as 90s, 5m or 1h30m"));
  return { ...valued(summary, "DURATION"), read };
}

/** `--limit 5` */
export function integer(
  summary: string,
  hint: string,
  minimum: number,
  completes?: Completes,
): Argument<number | undefined> {
  const read = (given: readonly string[]): number | undefined | Mismatch => {
    const typed = given[0];
    if (typed === undefined) return undefined;
    const number = /^\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN;
    return number >= minimum ? number : new Mismatch(typed, `a whole number from ${minimum}`);
  };
  return { ...valued(summary, hint), completes, read };
}

/** An operand that has to be there. */
export function operand(
  summary: string,
  options: { readonly completes?: Completes; readonly allowEmpty?: boolean; readonly options?: readonly string[] } = {},
): Argument<string> {
  const read = (given: readonly string[]): string | Mismatch => {
    const typed = given[0] ?? "";
    const wrong = options.options !== undefined && !options.options.includes(typed);
    return wrong ? new Mismatch(typed, `one of ${options.options.join(", ")}`) : typed;
  };
  return { ...valued(summary, ""), form: "operand", required: true, ...options, read };
}

/** An operand that may be left out. */
export function optionalOperand(summary: string, completes?: Completes): Argument<string | undefined> {
  return { ...valued(summary, ""), form: "operand", completes, read: (given) => given[0] };
}

/** The last operand, one or more times. */
export function operands(summary: string, completes?: Completes): Argument<readonly string[]> {
  return {
    ...valued(summary, ""),
    form: "operand",
    required: true,
    repeatable: true,
    completes,
    read: (given) => given,
  };
}

/** Whatever is left, as it is. */
export function anyOperands(summary: string): Argument<readonly string[]> {
  return { ...valued(summary, ""), form: "operand", repeatable: true, allowEmpty: true, read: (given) => given };
}

function valued(summary: string, hint: string) {
  return { form: "value", summary, hint, required: false, repeatable: false } as const;
}

/** Flags that several commands share, so that they read the same everywhere. */
export const shared = {
  output: () => oneOf("Print lines for people, or JSON for programs.", ["human", "json"], "human"),
  lockTimeout: () => duration("Wait so long for the stack when another run has it."),
  db: () => text("Database to use instead of the default.", "PATH", "file"),
  create: () => flag("Begin a new database where --db says, with its directory."),
  yes: () => flag("Do not ask for confirmation."),
  identity: () =>
    texts("File of the identity that opens secrets, instead of your own and this machine's.", "FILE", "file"),
  dryRun: () => flag("Show what would be done and stop."),
} as const;
