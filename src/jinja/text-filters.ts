import { TemplateFailure } from "./failure.ts";
import { formatPercent } from "./format.ts";
import type { Filter, Given } from "./given.ts";
import { toJson } from "./json.ts";
import { replaced, stripped } from "./methods.ts";
import { roundHalfEven, roundInteger } from "./rounding.ts";
import { wordwrap } from "./wordwrap.ts";
import { Undefined, isDict, isNumber, items, textOf, toStr, truth, typeName } from "./values.ts";

/** Jinja's own filters of texts and numbers. */
export const TEXT_FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value) => (isWhole(value) ? BigInt(Math.abs(Number(value))) : Math.abs(numberOf(value))),
  capitalize: (value) => capitalized(toStr(value)),
  center: (value, given) => centered(toStr(value), given.number(0, "width", 80)),
  d: defaulted,
  default: defaulted,
  e: escaped,
  escape: escaped,
  float: (value, given) => floatOf(value, given.value(0, "default", 0)),
  forceescape: escaped,
  format: (value, given) => formatPercent(toStr(value), given.rest(0)),
  indent: indented,
  int: integerOf,
  lower: (value) => toStr(value).toLowerCase(),
  replace: (value, given) =>
    replaced(toStr(value), toStr(given.value(0, "old")), toStr(given.value(1, "new")), given.number(2, "count", -1)),
  round: rounded,
  safe: (value) => toStr(value),
  string: (value) => toStr(value),
  title: (value) => toStr(value).replace(/[^-\s({[<]+/g, capitalized),
  tojson: (value, given) => {
    const text = toJson(value, { indent: given.value(0, "indent", null), sorted: true, ascii: true });
    const codes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027" };
    return text.replace(/[<>&']/g, (character) => codes[character] ?? character);
  },
  trim: (value, given) => stripped(toStr(value), given.value(0, "chars", null), true, true),
  truncate: truncated,
  upper: (value) => toStr(value).toUpperCase(),
  urlencode: (value) => urlEncoded(value),
  wordwrap,
  wordcount: (value) => BigInt(toStr(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
};

/** A text is a part of a path; a dict, or a list of pairs, a query. */
function urlEncoded(value: unknown): string {
  if (!isDict(value) && !Array.isArray(value)) return quotedUrl(toStr(value));
  const pairs = isDict(value) ? [...value] : value;
  return pairs
    .map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw new TemplateFailure("needs pairs of a name and a value");
      return pair.map((part) => quotedUrl(toStr(part)).replaceAll("%20", "+").replaceAll("/", "%2F")).join("=");
    })
    .join("&");
}

function quotedUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, percent);
}

function isWhole(value: unknown): value is bigint | boolean {
  return typeof value === "bigint" || typeof value === "boolean";
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function defaulted(value: unknown, given: Given): unknown {
  const fallback = given.has(0, "default_value") ? given.raw(0, "default_value") : "";
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
  if (isNumber(value)) return Number(value);
  const text = typeof value === "string" ? value.trim().replaceAll("_", "") : "";
  const special = /^([-+]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) return /nan/i.test(text) ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return Number.isNaN(number) ? fallback : number;
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

function indented(value: unknown, given: Given): string {
  const width = given.value(0, "width", 4n);
  const blanks = typeof width === "string" ? width : " ".repeat(numberOf(width));
  const first = given.flag(1, "first");
  const blank = given.flag(2, "blank");
  const [head = "", ...rest] = textOf(value).split("\n");
  const others = rest.map((line) => (line !== "" || blank ? blanks + line : line));
  return [first && (head !== "" || blank || rest.length > 0) ? blanks + head : head, ...others].join("\n");
}

function rounded(value: unknown, given: Given): number | bigint {
  const places = given.number(0, "precision", 0);
  const method = given.text(1, "method", "common");
  if (!/^(common|ceil|floor)$/.test(method)) throw new TemplateFailure("method must be common, ceil or floor");
  if (method === "common")
    return isWhole(value) ? roundInteger(BigInt(value), places) : roundHalfEven(numberOf(value), places);
  const scale = 10 ** places;
  return (method === "ceil" ? Math.ceil : Math.floor)(numberOf(value) * scale) / scale;
}

function truncated(value: unknown, given: Given): unknown {
  const text = typeof value === "string" ? value : "";
  const size = typeof value === "string" ? value.length : items(value).length;
  const length = given.number(0, "length", 255);
  const whole = !given.flag(1, "killwords");
  const end = given.text(2, "end", "...");
  const leeway = given.number(3, "leeway", 5);
  if (size <= length + leeway) return value;
  if (typeof value !== "string") throw new TemplateFailure(`needs a text, not a ${typeName(value)}`);
  const cut = text.slice(0, length - end.length);
  return (whole && cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut) + end;
}
