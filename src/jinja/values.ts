import { toText } from "../base/byte-text.ts";
import { Float, Secret, isObject, type Value } from "../base/value.ts";
import { byCodePoint } from "../base/code-points.ts";
import { TemplateFailure } from "./failure.ts";

/*
 * Values of a template are Python's: null, boolean, bigint for int, number for float, string, array for list and tuple, Map for dict,
 * Callable. What a variable does not have is Undefined, which every use but `default` and `is defined` refuses.
 */
export type Callable = (args: readonly unknown[], named: ReadonlyMap<string, unknown>) => unknown;

export class Undefined {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** `namespace(…)`: the one thing a loop may write to outside itself. */
export class Namespace {
  readonly fields: Map<string, unknown>;
  constructor(fields: Map<string, unknown>) {
    this.fields = fields;
  }
}

export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

export function isDict(value: unknown): value is Map<string, unknown> {
  return value instanceof Map;
}

export function isNumber(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

/** The value, or the error that it is undefined. */
export function defined(value: unknown): unknown {
  if (value instanceof Undefined) throw new TemplateFailure(`${value.what} is undefined`);
  return value;
}

/** Variables of a workflow; a secret is opened. `path` names them in errors. */
export function fromValue(value: Value, path: string): unknown {
  if (value instanceof Float) return value.value;
  if (value instanceof Secret) return textIn(value.reveal(), path);
  if (value instanceof Uint8Array) return textIn(value, path);
  if (Array.isArray(value)) return value.map((item: Value, index) => fromValue(item, `${path}[${index + 1}]`));
  if (isObject(value))
    return new Map(Object.entries(value).map(([key, item]) => [key, fromValue(item, `${path}.${key}`)]));
  // A larger one is a float: whole numbers beyond 2^53 come as bigint.
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function textIn(bytes: Uint8Array, path: string): string {
  const text = toText(bytes);
  if (text.isWellFormed()) return text;
  throw new TemplateFailure(`${path} is not UTF-8 text, a template cannot use it`);
}

/** For filters that take nothing but a text. */
export function textOf(value: unknown): string {
  defined(value);
  if (typeof value === "string") return value;
  throw new TemplateFailure(`needs a text, not a ${typeName(value)}`);
}

export function typeName(value: unknown): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  if (typeof value === "string") return "str";
  if (Array.isArray(value)) return "list";
  return isDict(value) ? "dict" : isCallable(value) ? "function" : "object";
}

export function truth(value: unknown): boolean {
  defined(value);
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  if (isDict(value)) return value.size > 0;
  return Boolean(value);
}

/** What is printed: nothing for None, as Ansible does. */
export function printed(value: unknown): string {
  return defined(value) === null ? "" : toStr(value);
}

export function toStr(value: unknown): string {
  return typeof value === "string" ? value : repr(value);
}

export function repr(value: unknown): string {
  defined(value);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (isDict(value)) return `{${[...value].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(", ")}}`;
  throw new TemplateFailure(`a ${typeName(value)} cannot be printed`);
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t\x00-\x1f\x7f]|'/g, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : "'";
    const names: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    return names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return quote + escaped + quote;
}

/** As Python writes floats: `2.0`, `1e+16`, `1e-05`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16))
    return `${mantissa}e${power < 0 ? "-" : "+"}${Math.abs(power).toString().padStart(2, "0")}`;
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

export function equal(left: unknown, right: unknown): boolean {
  defined(left);
  defined(right);
  if (isNumber(left) && isNumber(right)) return Number(left) === Number(right);
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  if (isDict(left) && isDict(right))
    return left.size === right.size && [...left].every(([key, item]) => right.has(key) && equal(item, right.get(key)));
  return left === right;
}

/** Below zero, zero or above, as for sorting. Refuses what has no order in Python. */
export function order(left: unknown, right: unknown): number {
  defined(left);
  defined(right);
  if (isNumber(left) && isNumber(right))
    return Number(left) < Number(right) ? -1 : Number(left) > Number(right) ? 1 : 0;
  if (typeof left === "string" && typeof right === "string") return byCodePoint(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const each = order(left[index], right[index]);
      if (each !== 0) return each;
    }
    return left.length - right.length;
  }
  throw new TemplateFailure(`a ${typeName(left)} and a ${typeName(right)} have no order`);
}

export function contains(container: unknown, item: unknown): boolean {
  defined(item);
  if (typeof container === "string" && typeof item === "string") return container.includes(item);
  if (Array.isArray(container)) return container.some((each) => equal(each, item));
  if (isDict(container)) return typeof item === "string" && container.has(item);
  throw new TemplateFailure(`'in' does not work with ${typeName(item)} and ${typeName(defined(container))}`);
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(defined(value))) return items(value);
  throw new TemplateFailure(`needs a list, not a ${typeName(value)}`);
}

/** What a loop goes over: items, keys of a dict, letters. */
export function items(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isDict(value)) return [...value.keys()];
  if (typeof value === "string") return Array.from(value);
  throw new TemplateFailure(`a ${typeName(defined(value))} is nothing to go over`);
}
