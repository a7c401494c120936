import { normalPath } from "../base/path.ts";
import { toText } from "../base/byte-text.ts";
import * as v from "valibot";
import { SlothError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { durationMs } from "../base/duration.ts";
import { Secret, isObject, type Value } from "../base/value.ts";

/**
 * Thin words over valibot. Every word takes the sentence that documentation, editor stubs and `modules show` print.
 * A schema made by `object` refuses unknown fields; `parseProps` turns the first issue into one error for the user.
 */
export type Schema<P> = v.GenericSchema<unknown, P>;
export type Props<S> = S extends Schema<infer P> ? P : never;

/** What documentation and stubs need to know of a field; `type` is a LuaCATS type. */
export interface FieldNote {
  readonly type: string;
  readonly optional: boolean;
  readonly summary: string;
}

/** Contents of a file or of standard input: text, bytes, or a secret that makes the whole call sensitive. */
export type Contents = string | Uint8Array | Secret;

type Field<P> = v.GenericSchema<unknown, P>;

const notes = new WeakMap<object, { readonly type: string; readonly summary: string }>();

function noted<P>(schema: Field<P>, type: string, summary: string): Field<P> {
  notes.set(schema, { type, summary });
  return schema;
}

/** A string of valid UTF-8. */
export function text(summary: string): Field<string> {
  return noted(v.custom<string>(isText, expected("a string")), "string", summary);
}

/** Text of a fixed shape, such as a user name; `shape` names it in the error: "a port number". */
export function textLike(summary: string, like: RegExp | ((text: string) => boolean), shape: string): Field<string> {
  const isLike = like instanceof RegExp ? (text: string) => like.test(text) : like;
  const matches = (input: unknown): boolean => typeof input === "string" && isLike(input);
  return noted(v.custom<string>(matches, expected(shape)), "string", summary);
}

/** Text that is cleaned first, and refused with a reason of its own: "holds several lines". */
export function checkedText(
  summary: string,
  fault: (cleaned: string) => string | undefined,
  clean: (given: string) => string = (given) => given,
): Field<string> {
  const schema = v.pipe(
    v.custom<string>(isText, expected("a string")),
    v.transform(clean),
    v.check(
      (cleaned) => fault(cleaned) === undefined,
      (issue) => fault(String(issue.input)) ?? "",
    ),
  );
  return noted(schema, "string", summary);
}

/** One word, as in files whose fields are told apart by blanks. */
export function isWord(text: string): boolean {
  return text !== "" && !/[\s\0-\x1f\x7f]/.test(text);
}

/** Holds nothing that ends a line or a text, or that a terminal obeys. */
export function isOneLine(text: string): boolean {
  return !/[\0-\x08\x0a-\x1f\x7f]/.test(text);
}

/**
 * A path. Bytes that are not UTF-8 come as lone surrogates U+DC80-U+DCFF, one a byte (as Python's surrogateescape), so that
 * every path is a string in the program; the system layer turns them back. NUL and the empty path are refused.
 */
export function path(summary: string): Field<string> {
  const valid = (input: unknown): boolean => isText(input) || input instanceof Uint8Array;
  const usable = (input: string): boolean => input !== "" && !input.includes("\0");
  const schema = v.pipe(
    v.custom<string | Uint8Array>(valid, expected("a path")),
    v.transform(asPath),
    v.check(usable, () => "is empty or contains a NUL byte"),
  );
  return noted(schema, "string", summary);
}

/** A path on the controller that is read: a mistake when nothing is there. */
export function sourceFile(summary: string): Field<string> {
  const schema = path(summary);
  sources.add(schema);
  return schema;
}

const sources = new WeakSet<object>();

/** The fields that were made by `sourceFile`. */
export function sourcesOf(schema: Schema<unknown>): readonly string[] {
  const fields = Object.entries(shapes.get(schema) ?? {});
  return fields.filter(([, field]) => sources.has(unwrapped(field))).map(([name]) => name);
}

/** An absolute path without `.`, `..`, doubled or trailing slashes (a trailing slash is dropped). */
export function absolutePath(summary: string): Field<string> {
  const schema = v.pipe(
    path(summary),
    v.check(
      (input) => input.startsWith("/"),
      () => "must be an absolute path",
    ),
    v.transform(normalPath),
  );
  return noted(schema, "string", summary);
}

/** Contents: text, bytes or a secret. */
export function contents(summary: string): Field<Contents> {
  const valid = (input: unknown): boolean => isText(input) || input instanceof Uint8Array || input instanceof Secret;
  return noted(v.custom<Contents>(valid, expected("a string")), "string|Secret", summary);
}

/** Text or bytes that others may see; `noSecret` tells whoever hands over a secret what to do instead. */
export function openText(summary: string, noSecret: string): Field<string | Uint8Array> {
  const valid = (input: unknown): boolean => isText(input) || input instanceof Uint8Array;
  const message = (issue: v.BaseIssue<unknown>): string =>
    issue.input instanceof Secret ? `is a secret, ${noSecret}` : expected("a string")(issue);
  const schema = v.pipe(
    v.unknown(),
    v.check(valid, message),
    v.transform((input) => input as string | Uint8Array),
  );
  return noted(schema, "string", summary);
}

export function flag(summary: string): Field<boolean> {
  const valid = (input: unknown): boolean => typeof input === "boolean";
  return noted(v.custom<boolean>(valid, expected("true or false")), "boolean", summary);
}

export function integer(summary: string, minimum?: number, maximum?: number): Field<number> {
  const range =
    minimum === undefined
      ? "a whole number"
      : `a whole number from ${minimum}${maximum === undefined ? "" : ` to ${maximum}`}`;
  const valid = (input: unknown): boolean =>
    typeof input === "number" &&
    Number.isInteger(input) &&
    input >= (minimum ?? -Infinity) &&
    input <= (maximum ?? Infinity);
  return noted(v.custom<number>(valid, expected(range)), "integer", summary);
}

export function number(summary: string): Field<number> {
  const valid = (input: unknown): boolean => typeof input === "number" && !Number.isNaN(input);
  return noted(v.custom<number>(valid, expected("a number")), "number", summary);
}

/** A duration: `"1s"`, `"500ms"`, `"5m"`, `"2h"`, `"1d"`, or a number of seconds. Parsed to milliseconds. */
export function duration(summary: string): Field<number> {
  const schema = v.pipe(
    v.unknown(),
    v.check((input) => durationMs(input) !== undefined, expected('a duration such as "90s" or "5m"')),
    v.transform((input) => Number(durationMs(input))),
  );
  return noted(schema, "string|number", summary);
}

export function oneOf<const T extends string>(summary: string, ...allowed: readonly T[]): Field<T> {
  const valid = (input: unknown): boolean => allowed.some((item) => item === input);
  const message = (issue: v.BaseIssue<unknown>): string => {
    const list = allowed.map((item) => `'${item}'`).join(", ");
    const meant = typeof issue.input === "string" ? didYouMean(issue.input, allowed) : undefined;
    return `is ${shown(issue.input)}, expected one of ${list}${meant === undefined ? "" : `; ${meant}`}`;
  };
  const type = allowed.map((item) => `"${item}"`).join("|");
  return noted(v.custom<T>(valid, message), type, summary);
}

/** A mode: `"0644"`, `"u=rw,go=r"`. A number is refused, because `644` and `0644` are the same number in Lua. */
export function mode(summary: string): Field<string> {
  const octal = /^[0-7]{3,5}$/;
  const clause = "[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+";
  const symbolic = new RegExp(`^${clause}(?:,${clause})*$`);
  const message = (issue: v.BaseIssue<unknown>): string =>
    typeof issue.input === "number"
      ? `is the number ${issue.input}, expected a string such as "0644" (a number would lose its leading zero)`
      : `is ${shown(issue.input)}, expected a mode such as "0644" or "u=rw,go=r"`;
  const valid = (input: unknown): boolean => typeof input === "string" && (octal.test(input) || symbolic.test(input));
  return noted(v.custom<string>(valid, message), "string", summary);
}

/** The name or the number of a user or group, as a string. */
export function account(summary: string): Field<string> {
  const valid = (input: unknown): boolean =>
    (isText(input) && /^[^:\0-\x1f\x7f]+$/.test(input)) ||
    (typeof input === "number" && Number.isInteger(input) && input >= 0);
  return noted(
    v.pipe(v.custom<string | number>(valid, expected("a name or a number")), v.transform(String)),
    "string|integer",
    summary,
  );
}

/** A list; one value alone is a mistake. An empty Lua table is an empty list. */
export function list<P>(summary: string, item: Field<P>): Field<readonly P[]> {
  const emptyIsList = (input: unknown): unknown => (isObject(input) && Object.keys(input).length === 0 ? [] : input);
  const schema = v.pipe(v.unknown(), v.transform(emptyIsList), v.array(item, expected("a list")));
  return noted(schema, `${parenthesised(noteOf(item).type)}[]`, summary);
}

/** One value or a list of them; parsed to a list. */
export function oneOrMany<P>(summary: string, item: Field<P>): Field<readonly P[]> {
  const asList = (input: unknown): unknown => {
    if (Array.isArray(input)) return input;
    return isObject(input) && Object.keys(input).length === 0 ? [] : [input];
  };
  const { type } = noteOf(item);
  return noted(v.pipe(v.unknown(), v.transform(asList), v.array(item)), `${type}|${parenthesised(type)}[]`, summary);
}

/** Either of two shapes, tried in order, so that the usual one comes first; `shape` names both in the error: "a string or a list of strings". */
export function either<A, B>(summary: string, a: Field<A>, b: Field<B>, shape: string): Field<A | B> {
  const schema = v.union([a, b], expected(shape));
  return noted(schema, `${noteOf(a).type}|${noteOf(b).type}`, summary);
}

/** A table with names of the user's choosing, such as environment variables or HTTP headers. */
export function dictionary<P>(summary: string, item: Field<P>): Field<{ readonly [key: string]: P }> {
  const schema = v.pipe(
    v.unknown(),
    v.check(isObject, expected("a table of names and values")),
    v.record(v.string(), item),
  );
  return noted(schema, `table<string, ${noteOf(item).type}>`, summary);
}

/** Any plain data. */
export function anything(summary: string): Field<Value> {
  return noted(
    v.pipe(
      v.unknown(),
      v.transform((input) => input as Value),
    ),
    "any",
    summary,
  );
}

/** A Lua function, which only `workflow`, `task` and `goroutine` take: documented here, checked by the Lua side. */
export function callback(summary: string, signature: string): Field<unknown> {
  return noted(v.unknown(), signature, summary);
}

export function optional<P>(field: Field<P>): Field<P | undefined> {
  const { type, summary } = noteOf(field);
  return noted(v.optional(field), type, summary);
}

export function withDefault<P>(field: Field<P>, fallback: P & (string | number | boolean)): Field<P> {
  const { type, summary } = noteOf(field);
  const schema = v.optional(field, fallback);
  withDefaults.add(schema);
  return noted(schema, type, `${summary} Default: \`${JSON.stringify(fallback)}\`.`);
}

const withDefaults = new WeakSet<object>();

type Shape = { readonly [name: string]: Field<unknown> };
type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
type Parsed<T> = { readonly [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  readonly [K in OptionalKeys<T>]?: T[K];
};

/** The fields of a call. `rule` is a check over all of them; its text is the whole error. */
export function object<T extends Shape>(
  fields: T,
  rule?: (props: Parsed<{ [K in keyof T]: Props<T[K]> }>) => string | undefined,
): Schema<Parsed<{ [K in keyof T]: Props<T[K]> }>> {
  type P = Parsed<{ [K in keyof T]: Props<T[K]> }>;
  const strict = v.strictObject(fields) as unknown as Schema<P>;
  const schema =
    rule === undefined
      ? strict
      : (v.pipe(
          strict,
          v.rawCheck(({ dataset, addIssue }) => {
            const message = dataset.typed ? rule(dataset.value) : undefined;
            if (message !== undefined) addIssue({ message });
          }),
        ) as Schema<P>);
  shapes.set(schema, fields);
  return schema;
}

const shapes = new WeakMap<object, Shape>();

/** The documented fields of a schema made by `object`, in the order they were written. */
export function fieldsOf(schema: Schema<unknown>): ReadonlyMap<string, FieldNote> {
  const known = documented.get(schema);
  if (known !== undefined) return known;
  const shape = shapes.get(schema) ?? {};
  const made = new Map(Object.entries(shape).map(([name, field]) => [name, noteOf(field)]));
  documented.set(schema, made);
  return made;
}

const documented = new WeakMap<object, ReadonlyMap<string, FieldNote>>();

/** Parses the table of a call, or throws E_FIELD or E_UNKNOWN_FIELD in the user's words. `also`: fields taken off before. */
export function parseProps<P>(schema: Schema<P>, input: unknown, also: readonly string[] = []): P {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const unknown = isObject(input) ? Object.keys(input).find((key) => !fieldsOf(schema).has(key)) : undefined;
  if (unknown !== undefined) throw unknownField(schema, unknown, also);
  throw toFieldError(result.issues[0], schema);
}

/** Fields of a table that is only read, not yet run: a name, and its value where that is known. */
export type SeenFields = ReadonlyMap<string, { readonly known: boolean; readonly value: Value }>;

/**
 * Every mistake that can be told of the fields that are seen. `isWhole`: there are no others, so a field that is needed and not among
 * them is missing.
 */
export function mistakesIn(
  schema: Schema<unknown>,
  fields: SeenFields,
  isWhole: boolean,
  also: readonly string[] = [],
): readonly (SlothError & { readonly field?: string })[] {
  const shape = shapes.get(schema) ?? {};
  const faults: (SlothError & { readonly field?: string })[] = [];
  for (const [name, { known, value }] of fields) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (field === undefined && !also.includes(name))
      faults.push(Object.assign(unknownField(schema, name, also), { field: name }));
    const issues = field !== undefined && known ? v.safeParse(field, value, { abortEarly: true }).issues : undefined;
    if (issues !== undefined)
      faults.push(Object.assign(toFieldError(issues[0], field ?? schema, name), { field: name }));
  }
  if (!isWhole || faults.length > 0) return faults;
  const missing = [...fieldsOf(schema)].find(([name, { optional: may }]) => !may && !fields.has(name));
  return missing === undefined ? [] : [new SlothError("E_FIELD", `'${missing[0]}' is missing`)];
}

function unknownField(schema: Schema<unknown>, name: string, also: readonly string[]): SlothError {
  const known = [...fieldsOf(schema).keys(), ...also];
  const hint = didYouMean(name, known) ?? `known fields are ${known.join(", ")}`;
  return new SlothError("E_UNKNOWN_FIELD", `unknown field '${name}'`, { hint });
}

function toFieldError(issue: v.BaseIssue<unknown>, schema: Schema<unknown>, inside = ""): SlothError {
  const steps = (issue.path ?? []).map((step) =>
    typeof step.key === "number" ? `[${step.key + 1}]` : `.${String(step.key)}`,
  );
  const where = `${inside}${steps.join("")}`.replace(/^\./, "");
  if (where === "" && issue.type === "strict_object")
    return new SlothError("E_FIELD", `takes one table, not ${shown(issue.input)}`);
  if (issue.type === "strict_object" && issue.expected === "never")
    return unknownInside(schema, issue.path ?? [], where);
  if (issue.input === undefined) return new SlothError("E_FIELD", `'${where}' is missing`);
  if (issue.type === "strict_object")
    return new SlothError("E_FIELD", `'${where}' is ${shown(issue.input)}, expected a table`);
  return new SlothError("E_FIELD", where === "" ? issue.message : `'${where}' ${issue.message}`);
}

function noteOf(field: Field<unknown>): FieldNote {
  const note = notes.get(field) ?? tableNote(shapes.get(field) ?? {});
  const isOptional = field.type === "optional" || withDefaults.has(field);
  return { ...note, optional: isOptional };
}

/** A table inside a call, as LuaCATS writes its type: `{ state?: string, error?: string }`. */
function tableNote(shape: Shape): Pick<FieldNote, "type" | "summary"> {
  const fields = Object.entries(shape).map(([name, field]) => ({ name, ...noteOf(field) }));
  const types = fields.map(({ name, type, optional }) => `${name}${optional ? "?" : ""}: ${type}`);
  const summaries = fields.map(({ name, summary }) => `\`${name}\`: ${summary}`);
  return { type: fields.length === 0 ? "table" : `{ ${types.join(", ")} }`, summary: summaries.join(" ") };
}

/** An unknown field of a table inside the call. */
function unknownInside(schema: Schema<unknown>, path: readonly v.IssuePathItem[], where: string): SlothError {
  let at: Field<unknown> | undefined = schema;
  for (const step of path.slice(0, -1)) at = at && unwrapped(shapes.get(unwrapped(at))?.[String(step.key)]);
  const known = [...fieldsOf(at ?? v.unknown()).keys()];
  const hint = didYouMean(String(path.at(-1)?.key), known) ?? `known fields are ${known.join(", ")}`;
  return new SlothError("E_UNKNOWN_FIELD", `unknown field '${where}'`, known.length === 0 ? {} : { hint });
}

function unwrapped<F extends Field<unknown> | undefined>(field: F): F {
  return field !== undefined && "wrapped" in field ? (field.wrapped as F) : field;
}

function parenthesised(type: string): string {
  return type.includes("|") ? `(${type})` : type;
}

/** Strings that are whole: our own paths may hold lone surrogates, text may not. */
function isText(input: unknown): input is string {
  return typeof input === "string";
}

function expected(shape: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) => `is ${shown(issue.input)}, expected ${shape}`;
}

function shown(input: unknown): string {
  if (typeof input === "string") return input.length > 60 ? `'${input.slice(0, 57)}…'` : `'${input}'`;
  if (typeof input === "number" || typeof input === "boolean" || typeof input === "bigint")
    return `${typeof input} ${input}`;
  if (input === undefined || input === null) return "nothing";
  if (input instanceof Secret) return "a secret, which would be seen and stored here";
  if (input instanceof Uint8Array) return "a string that is not UTF-8";
  return Array.isArray(input) ? "a list" : typeof input === "function" ? "a function" : "a table";
}

function asPath(input: string | Uint8Array): string {
  return typeof input === "string" ? input : toText(input);
}
