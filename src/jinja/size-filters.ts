import { TemplateFailure } from "./failure.ts";
import { formatPercent } from "./format.ts";
import type { Filter } from "./given.ts";
import { roundHalfEven } from "./rounding.ts";
import { isNumber, toStr, typeName } from "./values.ts";

/** Filters of sizes and of what is calculated. */
export const SIZE_FILTERS: Readonly<Record<string, Filter>> = {
  filesizeformat: (value, given) => {
    const size = Math.trunc(floatOf(value) * 1000) / 1000;
    const [base, names] = given.flag(0, "binary") ? BINARY : DECIMAL;
    if (size === 1) return "1 Byte";
    if (size < base) return `${Math.trunc(size)} Bytes`;
    const step = names.findIndex((_, index) => size < base ** (index + 2));
    const at = step === -1 ? names.length - 1 : step;
    return `${formatPercent("%.1f", [(base * size) / base ** (at + 2)])} ${names[at]}`;
  },
  human_readable: (value, given) => {
    const base = given.flag(0, "isbits") ? "bits" : "Bytes";
    const unit = given.value(1, "unit", null);
    const size = numberOf(value);
    const asked = unit === null ? undefined : toStr(unit).toUpperCase();
    const found = UNITS.find(([name, limit]) => (asked === undefined ? size >= limit : name === asked)) ?? ["B", 1];
    const [name, limit] = found;
    return `${formatPercent("%.2f", [size / limit])} ${limit === 1 ? base : `${name}${base.charAt(0)}`}`;
  },
  human_to_bytes: (value, given) => {
    const fallback = given.value(0, "default_unit", null);
    return bytesIn(toStr(value), fallback === null ? undefined : toStr(fallback), given.flag(1, "isbits"));
  },
  log: (value, given) => {
    const [x, base] = [numberOf(value), given.number(0, "base", Math.E)];
    if (x <= 0) throw new TemplateFailure("needs a number above 0");
    return base === 10 ? Math.log10(x) : base === Math.E ? Math.log(x) : Math.log(x) / Math.log(base);
  },
  pow: (value, given) => power(numberOf(value), given.number(0, "x")),
  root: (value, given) => {
    const [x, base] = [numberOf(value), given.number(0, "base", 2)];
    if (x < 0 || base === 0) throw new TemplateFailure("there is no such root");
    return base === 2 ? Math.sqrt(x) : power(x, 1 / base);
  },
};

const DECIMAL = [1000, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]] as const;
const BINARY = [1024, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]] as const;

/** The largest first. */
const UNITS: readonly (readonly [name: string, size: number])[] = Array.from("YZEPTGMKB", (name, index) => [
  name,
  1024 ** (8 - index),
]);

const NAMES: Readonly<Record<string, string>> = {
  B: "",
  K: "kilo",
  M: "mega",
  G: "giga",
  T: "tera",
  P: "peta",
  E: "exa",
  Z: "zeta",
  Y: "yotta",
};

function bytesIn(text: string, fallback: string | undefined, isBits: boolean): bigint {
  const [, digits, own] = /^(\d*\.?\d+)(?:\s*([A-Za-z]+))?\s*$/.exec(text) ?? [];
  if (digits === undefined) throw new TemplateFailure(`'${text}' is no size, such as 10M`);
  const unit = own ?? fallback;
  const size = Number(digits);
  if (unit === undefined) return BigInt(roundHalfEven(size, 0));
  const key = unit.charAt(0).toUpperCase();
  const [, limit] = UNITS.find(([name]) => name === key) ?? [];
  const short = key === "B" ? (isBits ? "b" : "B") : key + (isBits ? "b" : "B");
  const long = `${NAMES[key] ?? ""}${isBits ? "bit" : "byte"}`;
  const isKnown = unit.length === 1 || unit === short || unit.toLowerCase() === long;
  if (limit === undefined || !isKnown)
    throw new TemplateFailure(`'${unit}' is no unit of ${isBits ? "bits" : "bytes"}, such as ${short}`);
  return BigInt(roundHalfEven(size * limit, 0));
}

function power(x: number, y: number): number {
  const made = x ** y;
  if (!Number.isFinite(made) && Number.isFinite(x) && Number.isFinite(y))
    throw new TemplateFailure("is beyond all numbers");
  return made;
}

function numberOf(value: unknown): number {
  if (isNumber(value)) return Number(value);
  throw new TemplateFailure(`needs a number, not a ${typeName(value)}`);
}

function floatOf(value: unknown): number {
  const text = typeof value === "string" ? value.trim() : "";
  if (isNumber(value) || (text !== "" && Number.isFinite(Number(text)))) return Number(value);
  throw new TemplateFailure(`needs a number, not a ${typeName(value)}`);
}
