import { UsageError } from "../base/errors.ts";
import { didYouMean, nearest } from "../base/nearest.ts";
import { printable } from "../base/printable.ts";
import { Mismatch, type Argument, type Arguments } from "./command.ts";

type Given = Map<string, string[]>;

/**
 * Reads the arguments of one command, strictly: whatever is not certain to be what was meant is a UsageError, so that a
 * typing error never applies anything. A value that starts with a dash is given as `--flag=-value`, such an operand after `--`.
 */
export function readArguments(argv: readonly string[], known: Arguments): Readonly<Record<string, unknown>> {
  const given: Given = new Map();
  const operands: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") {
      operands.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") operands.push(word);
    else if (takeFlag(word, argv[i + 1], known, given)) i++;
  }
  placeOperands(operands, known, given);
  return Object.fromEntries(
    Object.entries(known).map(([name, argument]) => [name, valueOf(name, argument, given.get(name) ?? [])]),
  );
}

/** Answers whether the next word was its value. */
function takeFlag(word: string, next: string | undefined, known: Arguments, given: Given): boolean {
  const equals = word.indexOf("=");
  const typed = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? undefined : word.slice(equals + 1);
  const [name, argument, negated] = findFlag(typed, known);
  const before = given.get(name) ?? [];
  if (before.length > 0 && !argument.repeatable) throw new UsageError(`--${name} is given twice`);
  if (argument.form === "switch") {
    if (inline !== undefined) throw new UsageError(`--${name} takes no value`);
    given.set(name, [String(!negated)]);
    return false;
  }
  if (inline === undefined && (next === undefined || (next.startsWith("-") && next !== "-")))
    throw missingValue(name, argument, next);
  given.set(name, [...before, inline ?? next ?? ""]);
  return inline === undefined;
}

function missingValue(name: string, argument: Argument<unknown>, next: string | undefined): UsageError {
  const hint =
    next === undefined
      ? `write --${name} ${argument.hint}`
      : `'${printable(next)}' follows it; a value that starts with a dash is written --${name}=${printable(next)}`;
  return new UsageError(`--${name} needs a value`, { hint });
}

function findFlag(typed: string, known: Arguments): [name: string, argument: Argument<unknown>, negated: boolean] {
  const flags = Object.entries(known).filter(([, argument]) => argument.form !== "operand");
  for (const [name, argument] of flags) {
    if (typed === `--${name}` || (argument.short !== undefined && typed === `-${argument.short}`))
      return [name, argument, false];
    if (typed === `--no-${name}` && argument.form === "switch") return [name, argument, true];
  }
  const names = [...flags.map(([name]) => `--${name}`), "--help"];
  const hint = didYouMean(typed.startsWith("--") ? typed : `-${typed}`, names) ?? knownFlags(names);
  throw new UsageError(`unknown flag '${printable(typed)}'`, { hint });
}

function knownFlags(names: readonly string[]): string {
  return `known flags are ${names.join(", ")}`;
}

function placeOperands(operands: readonly string[], known: Arguments, given: Given): void {
  const places = Object.entries(known).filter(([, argument]) => argument.form === "operand");
  let next = 0;
  for (const [name, argument] of places) {
    const taken = argument.repeatable ? operands.slice(next) : operands.slice(next, next + 1);
    if (argument.required && taken.length === 0) throw new UsageError(`${name} is missing: ${argument.summary}`);
    if (taken.length > 0) given.set(name, taken);
    next += taken.length;
  }
  const extra = operands[next];
  if (extra === undefined) return;
  const flags = Object.keys(known).filter((name) => known[name]?.form !== "operand");
  const meant = nearest(extra, flags);
  const hint = meant === undefined ? undefined : `did you mean '--${meant}'?`;
  throw new UsageError(`'${printable(extra)}' is one argument too many`, { hint });
}

function valueOf(name: string, argument: Argument<unknown>, given: readonly string[]): unknown {
  const shown = argument.form === "operand" ? name : `--${name}`;
  if (argument.allowEmpty !== true && given.includes("")) throw new UsageError(`${shown} is empty`);
  const value = argument.read(given);
  if (!(value instanceof Mismatch)) return value;
  const hint = argument.options === undefined ? undefined : didYouMean(value.given, argument.options);
  throw new UsageError(`${shown} is '${printable(value.given)}', expected ${value.expected}`, { hint });
}
