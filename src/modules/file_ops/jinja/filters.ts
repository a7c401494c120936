import { TemplateFailure } from "./failure.ts";
import { formatPercent } from "./format.ts";
import type { Given } from "./given.ts";
import { replaced, stripped } from "./methods.ts";
import { operate } from "./operators.ts";
import { Undefined, defined, equal, isDict, isNumber, items, order, toStr, truth, typeName } from "./values.ts";

export type Filter = (value: unknown, given: Given) => unknown;

/** Jinja's own filters. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value) => (typeof value === "bigint" ? (value < 0n ? -value : value) : Math.abs(numberOf(value))),
  attr: (value, given) => memberOf(value, given.text(0, "name")),
  batch: (value, given) => batches(items(value), given.number(0, "linecount"), given.value(1, "fill_with", null)),
  capitalize: (value) => capitalized(toStr(value)),
  center: (value, given) => centered(toStr(value), given.number(0, "width", 80)),
  count: (value) => BigInt(items(value).length),
  d: defaulted,
  default: defaulted,
  dictsort: sortedPairs,
  e: escaped,
  escape: escaped,
  first: (value) => items(value)[0] ?? new Undefined("the first item of an empty list"),
  float: (value, given) => floatOf(value, given.value(0, "default", 0)),
  forceescape: escaped,
  format: (value, given) => formatPercent(toStr(value), given.rest(0)),
  groupby: grouped,
  indent: indented,
  int: integerOf,
  items: (value) => (isDict(value) ? [...value].map(([key, item]) => [key, item]) : items(value)),
  join: joined,
  last: (value) => items(value).at(-1) ?? new Undefined("the last item of an empty list"),
  length: (value) => BigInt(items(value).length),
  list: (value) => [...items(value)],
  lower: (value) => toStr(value).toLowerCase(),
  map: mapped,
  max: (value, given) => extreme(value, given, 1),
  min: (value, given) => extreme(value, given, -1),
  reject: (value, given) => items(value).filter((item) => !chosen(item, given, 0)),
  rejectattr: (value, given) => items(value).filter((item) => !chosenBy(item, given)),
  replace: (value, given) =>
    replaced(toStr(value), toStr(given.value(0, "old")), toStr(given.value(1, "new")), given.number(2, "count", -1)),
  reverse: (value) => (typeof value === "string" ? Array.from(value).reverse().join("") : items(value).toReversed()),
  round: rounded,
  safe: (value) => value,
  select: (value, given) => items(value).filter((item) => chosen(item, given, 0)),
  selectattr: (value, given) => items(value).filter((item) => chosenBy(item, given)),
  slice: (value, given) => slices(items(value), given.number(0, "slices"), given.value(1, "fill_with", null)),
  sort: (value, given) => {
    const reverse = given.flag(0, "reverse");
    const sorted = sortedBy(items(value), keyOf(given, 1, 2));
    return reverse ? sortedBy(items(value).toReversed(), keyOf(given, 1, 2)).toReversed() : sorted;
  },
  string: (value) => toStr(value),
  sum: (value, given) => {
    const attribute = given.value(0, "attribute", null);
    const numbers = items(value).map((item) => (attribute === null ? item : memberOf(item, toStr(attribute))));
    return numbers.reduce((sum, each) => operate("+", sum, each), given.value(1, "start", 0n));
  },
  title: (value) => toStr(value).replace(/[^-\s({[<]+/g, capitalized),
  tojson: (value, given) => {
    const text = toJson(value, { indent: given.value(0, "indent", null), sorted: true, ascii: true });
    const codes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027" };
    return text.replace(/[<>&']/g, (character) => codes[character] ?? character);
  },
  trim: (value, given) => stripped(toStr(value), given.value(0, "chars", null), true, true),
  truncate: truncated,
  unique: (value, given) => unique(items(value), keyOf(given, 0, 1)),
  upper: (value) => toStr(value).toUpperCase(),
  urlencode: (value) =>
    encodeURIComponent(toStr(value))
      .replaceAll("%2F", "/")
      .replace(/[!'()*]/g, percent),
  wordcount: (value) => BigInt(toStr(value).match(/\w+/g)?.length ?? 0),
};

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function defaulted(value: unknown, given: Given): unknown {
  const fallback = given.raw(0, "default_value") ?? "";
  const falsy = given.flag(1, "boolean");
  return value instanceof Undefined || (falsy && !truth(value)) ? fallback : value;
}

function capitalized(value: string): string {
  return value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase();
}

function centered(value: string, width: number): string {
  const free = width - value.length;
  const left = Math.floor(free / 2) + (free & width & 1);
  return free <= 0 ? value : " ".repeat(left) + value + " ".repeat(free - left);
}

function escaped(value: unknown): string {
  const codes: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&#34;",
    "'": "&#39;",
  };
  return toStr(value).replace(/[&<>"']/g, (character) => codes[character] ?? character);
}

function numberOf(value: unknown): number {
  if (isNumber(value)) return Number(value);
  throw new TemplateFailure(`needs a number, not a ${typeName(value)}`);
}

function floatOf(value: unknown, fallback: unknown): unknown {
  const number = isNumber(value)
    ? Number(value)
    : typeof value === "string" && value.trim() !== ""
      ? Number(value)
      : NaN;
  if (!Number.isNaN(number)) return number;
  return isNumber(fallback) ? Number(fallback) : fallback;
}

function integerOf(value: unknown, given: Given): unknown {
  const fallback = given.value(0, "default", 0n);
  const base = given.number(1, "base", 10);
  if (typeof value === "string") return integerText(value.trim().replaceAll("_", ""), base) ?? fallback;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : fallback;
  return isNumber(value) ? BigInt(value) : fallback;
}

function integerText(text: string, base: number): bigint | undefined {
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const digits = rest.replace(base === 16 ? /^0x/i : base === 8 ? /^0o/i : base === 2 ? /^0b/i : /^$/, "");
  const known = base === 16 ? /^[0-9a-f]+$/i : base === 8 ? /^[0-7]+$/ : base === 2 ? /^[01]+$/ : /^\d+$/;
  if (known.test(digits)) {
    const prefix: Readonly<Record<number, string>> = { 16: "0x", 8: "0o", 2: "0b" };
    const size = BigInt((prefix[base] ?? "") + digits);
    return sign === "-" ? -size : size;
  }
  const float = base === 10 && text !== "" ? Number(text) : NaN;
  return Number.isFinite(float) ? BigInt(Math.trunc(float)) : undefined;
}

/** `a.b.0` of an item. */
export function memberOf(value: unknown, name: string): unknown {
  let found = value;
  for (const part of name.split(".")) {
    if (isDict(found)) found = found.get(part) ?? (found.has(part) ? found.get(part) : new Undefined(`'${part}'`));
    else if (Array.isArray(found) && /^\d+$/.test(part)) found = found[Number(part)] ?? new Undefined(`item ${part}`);
    else return new Undefined(`'${part}'`);
  }
  return found;
}

type Key = (item: unknown) => unknown;

/** What to sort by: an attribute, texts without their case unless `case_sensitive`. */
function keyOf(given: Given, caseAt: number, attributeAt: number): Key {
  const sensitive = given.flag(caseAt, "case_sensitive");
  const attribute = given.value(attributeAt, "attribute", null);
  return (item) => {
    const found = defined(attribute === null ? item : memberOf(item, toStr(attribute)));
    return typeof found === "string" && !sensitive ? found.toLowerCase() : found;
  };
}

function sortedBy(list: readonly unknown[], key: Key): unknown[] {
  return list.toSorted((a, b) => order(key(a), key(b)));
}

function sortedPairs(value: unknown, given: Given): unknown {
  if (!isDict(value)) throw new TemplateFailure(`needs a dict, not a ${typeName(value)}`);
  const sensitive = given.flag(0, "case_sensitive");
  const by = given.text(1, "by", "key") === "value" ? 1 : 0;
  const reverse = given.flag(2, "reverse");
  const key = (pair: unknown): unknown => {
    const part = Array.isArray(pair) ? pair[by] : pair;
    return typeof part === "string" && !sensitive ? part.toLowerCase() : part;
  };
  const sorted = sortedBy(
    [...value].map(([name, item]) => [name, item]),
    key,
  );
  return reverse ? sorted.toReversed() : sorted;
}

function unique(list: readonly unknown[], key: Key): unknown[] {
  const seen: unknown[] = [];
  return list.filter((item) => {
    const its = key(item);
    if (seen.some((each) => equal(each, its))) return false;
    seen.push(its);
    return true;
  });
}

function extreme(value: unknown, given: Given, way: 1 | -1): unknown {
  const key = keyOf(given, 0, 1);
  const list = items(value);
  if (list.length === 0) return new Undefined("the extreme of an empty list");
  return list.reduce((best, item) => (order(key(item), key(best)) * way > 0 ? item : best));
}

function grouped(value: unknown, given: Given): unknown {
  const attribute = given.text(0, "attribute");
  const fallback = given.value(1, "default", null);
  const key = (item: unknown): unknown => {
    const found = memberOf(item, attribute);
    return found instanceof Undefined && fallback !== null ? fallback : defined(found);
  };
  const groups: { readonly grouper: unknown; readonly list: unknown[] }[] = [];
  for (const item of sortedBy(items(value), key)) {
    const grouper = key(item);
    const last = groups.at(-1);
    if (last !== undefined && equal(last.grouper, grouper)) last.list.push(item);
    else groups.push({ grouper, list: [item] });
  }
  return groups.map(({ grouper, list }) => Object.assign([grouper, list], { grouper, list }));
}

function indented(value: unknown, given: Given): string {
  const width = given.value(0, "width", 4n);
  const blanks = typeof width === "string" ? width : " ".repeat(numberOf(width));
  const first = given.flag(1, "first");
  const blank = given.flag(2, "blank");
  const [head = "", ...rest] = toStr(value).split("\n");
  const others = rest.map((line) => (line !== "" || blank ? blanks + line : line));
  return [first && (head !== "" || blank || rest.length > 0) ? blanks + head : head, ...others].join("\n");
}

function joined(value: unknown, given: Given): string {
  const attribute = given.value(1, "attribute", null);
  const parts = items(value).map((item) =>
    toStr(defined(attribute === null ? item : memberOf(item, toStr(attribute)))),
  );
  return parts.join(given.text(0, "d", ""));
}

function mapped(value: unknown, given: Given): unknown {
  if (given.has(0, "\0")) {
    const name = given.text(0, "filter");
    return items(value).map((item) => given.engine.filter(name, item, given.after(1)));
  }
  const attribute = toStr(given.value(0, "attribute"));
  const fallback = given.has(1, "default") ? given.value(1, "default") : undefined;
  return items(value).map((item) => {
    const found = memberOf(item, attribute);
    return found instanceof Undefined && fallback !== undefined ? fallback : defined(found);
  });
}

function chosen(item: unknown, given: Given, index: number): boolean {
  if (!given.has(index, "\0")) return truth(item);
  return given.engine.test(given.text(index, "test"), item, given.after(index + 1));
}

function chosenBy(item: unknown, given: Given): boolean {
  return chosen(memberOf(item, given.text(0, "attribute")), given, 1);
}

function rounded(value: unknown, given: Given): number {
  const places = given.number(0, "precision", 0);
  const method = given.text(1, "method", "common");
  const scale = 10 ** places;
  const scaled = numberOf(value) * scale;
  if (method === "ceil") return Math.ceil(scaled) / scale;
  if (method === "floor") return Math.floor(scaled) / scale;
  const floor = Math.floor(scaled);
  const half = scaled - floor === 0.5;
  return (half ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(scaled)) / scale;
}

function batches(list: readonly unknown[], size: number, fill: unknown): unknown[] {
  const rows: unknown[][] = [];
  for (let at = 0; at < list.length; at += size) rows.push(list.slice(at, at + size));
  const last = rows.at(-1);
  while (fill !== null && last !== undefined && last.length < size) last.push(fill);
  return rows;
}

function slices(list: readonly unknown[], count: number, fill: unknown): unknown[] {
  const size = Math.floor(list.length / count);
  const longer = list.length % count;
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    const length = size + (index < longer ? 1 : 0);
    const column = list.slice(at, (at += length));
    return fill !== null && longer > 0 && index >= longer ? [...column, fill] : column;
  });
}

function truncated(value: unknown, given: Given): string {
  const text = toStr(value);
  const length = given.number(0, "length", 255);
  const whole = !given.flag(1, "killwords");
  const end = given.text(2, "end", "...");
  const leeway = given.number(3, "leeway", 5);
  if (text.length <= length + leeway) return text;
  const cut = text.slice(0, length - end.length);
  return (whole && cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut) + end;
}

export interface JsonOptions {
  /** Blanks a level; null: all on one line. */
  readonly indent: unknown;
  readonly sorted: boolean;
  /** Other than ASCII as `\uXXXX`. */
  readonly ascii: boolean;
}

/** As Python's json.dumps writes it. */
export function toJson(value: unknown, options: JsonOptions, depth = 0): string {
  defined(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return toStr(value);
  if (typeof value === "string") return jsonText(value, options.ascii);
  if (isDict(value)) {
    const keys = options.sorted ? [...value.keys()].toSorted() : [...value.keys()];
    const pairs = keys.map((key) => `${jsonText(key, options.ascii)}: ${toJson(value.get(key), options, depth + 1)}`);
    return bracketed("{", pairs, "}", options.indent, depth);
  }
  if (Array.isArray(value))
    return bracketed(
      "[",
      value.map((item) => toJson(item, options, depth + 1)),
      "]",
      options.indent,
      depth,
    );
  throw new TemplateFailure(`a ${typeName(value)} has no JSON`);
}

function bracketed(open: string, parts: readonly string[], close: string, indent: unknown, depth: number): string {
  if (parts.length === 0 || indent === null) return open + parts.join(", ") + close;
  const step = typeof indent === "string" ? indent : " ".repeat(numberOf(indent));
  const blanks = `\n${step.repeat(depth + 1)}`;
  return `${open}${blanks}${parts.join(`,${blanks}`)}\n${step.repeat(depth)}${close}`;
}

function jsonText(text: string, ascii: boolean): string {
  const json = JSON.stringify(text);
  if (!ascii) return json;
  return json.replace(/[\x80-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
