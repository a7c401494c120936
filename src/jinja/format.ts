import { TemplateFailure } from "./failure.ts";
import { isDict, isNumber, repr, toStr, typeName } from "./values.ts";

const CONVERSION = /%(?:\((\w+)\))?([-+ #0]*)(\d+|\*)?(?:\.(\d+))?([sdiuxXofFeEgGcr%])|%/g;

/** `"%s: %05.2f" % values`. */
export function formatPercent(pattern: string, values: unknown): string {
  const list = Array.isArray(values) ? values : [values];
  let used = 0;
  const made = pattern.replace(
    CONVERSION,
    (whole, name?: string, flags = "", width?: string, precision?: string, kind?: string) => {
      if (kind === "%") return "%";
      if (kind === undefined || width === "*") throw new TemplateFailure(`the format '${pattern}' is not known here`);
      if (name === undefined && used >= list.length)
        throw new TemplateFailure(`too few values for the format '${pattern}'`);
      const value = name === undefined ? list[used++] : isDict(values) ? values.get(name) : undefined;
      if (value === undefined) throw new TemplateFailure(`the format '${whole}' has no value`);
      return padded(converted(value, kind, flags, precision), flags, Number(width ?? 0), kind);
    },
  );
  if (used < list.length && !isDict(values)) throw new TemplateFailure(`too many values for the format '${pattern}'`);
  return made;
}

function converted(value: unknown, kind: string, flags: string, precision: string | undefined): string {
  if (kind === "s" || kind === "c")
    return toStr(value).slice(0, precision === undefined ? undefined : Number(precision));
  if (kind === "r") return repr(value);
  if (!isNumber(value)) throw new TemplateFailure(`%${kind} needs a number, not a ${typeName(value)}`);
  const sign = Number(value) < 0 ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  return sign + digits(value, kind, flags, precision);
}

function digits(value: number | bigint | boolean, kind: string, flags: string, precision: string | undefined): string {
  const places = Number(precision ?? 6);
  if (/[fF]/.test(kind)) return fixed(Math.abs(Number(value)), places);
  if (/[eE]/.test(kind)) return exponent(Math.abs(Number(value)).toExponential(places), kind);
  if (/[gG]/.test(kind)) return general(Math.abs(Number(value)), places, kind);
  const whole = BigInt(typeof value === "number" ? Math.trunc(value) : value);
  const size = whole < 0n ? -whole : whole;
  const base = kind === "o" ? 8 : /[xX]/.test(kind) ? 16 : 10;
  const text = size.toString(base).padStart(Number(precision ?? 0), "0");
  const prefix = flags.includes("#") && base !== 10 ? (base === 8 ? "0o" : "0x") : "";
  return kind === "X" ? (prefix + text).toUpperCase() : prefix + text;
}

/** JavaScript writes large ones with an exponent. */
function fixed(size: number, places: number): string {
  if (size < 1e21 || !Number.isFinite(size)) return size.toFixed(places);
  return places === 0 ? BigInt(size).toString() : `${BigInt(size)}.${"0".repeat(places)}`;
}

function exponent(text: string, kind: string): string {
  const padded = text.replace(/e([-+])(\d)$/, "e$10$2");
  return kind === "E" || kind === "G" ? padded.toUpperCase() : padded;
}

function general(value: number, places: number, kind: string): string {
  const precise = value.toPrecision(Math.max(1, places));
  const power = value === 0 ? 0 : Math.floor(Math.log10(value));
  if (power >= -4 && power < places) return String(Number(precise));
  return exponent(Number(precise).toExponential(), kind);
}

function padded(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || /[scr]/.test(kind)) return text.padStart(width);
  const sign = /^[-+ ]?(0[xXo])?/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

/** `"{} {name}".format(…)`, without format specifications. */
export function formatBraces(pattern: string, args: readonly unknown[], named: ReadonlyMap<string, unknown>): string {
  let used = 0;
  return pattern.replace(/\{\{|\}\}|\{(\w*)\}|[{}]/g, (whole, name?: string) => {
    if (whole === "{{" || whole === "}}") return whole.charAt(0);
    if (name === undefined) throw new TemplateFailure(`the format '${pattern}' is not known here; use %`);
    const value = name === "" ? args[used++] : /^\d+$/.test(name) ? args[Number(name)] : named.get(name);
    if (value === undefined) throw new TemplateFailure(`the format '${pattern}' has no value for {${name}}`);
    return toStr(value);
  });
}
