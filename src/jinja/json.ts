import { isObject, type Value } from "../base/value.ts";
import { jsonError } from "../base/formats/json-error.ts";
import { TemplateFailure } from "./failure.ts";
import { defined, isDict, toStr, typeName } from "./values.ts";

/** JSON as values of a template; whole numbers stay whole, however large. */
export function fromJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" && /^-?\d+$/.test(context?.source ?? String(value))
        ? BigInt(context?.source ?? value)
        : value,
    );
    return asDicts(parsed as Value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { place, expected } = jsonError(text);
    throw new TemplateFailure(`not JSON: ${place}: ${expected}`);
  }
}

function asDicts(value: Value): unknown {
  if (Array.isArray(value)) return value.map(asDicts);
  return isObject(value) ? new Map(Object.entries(value).map(([key, item]) => [key, asDicts(item)])) : value;
}

export interface JsonOptions {
  /** Blanks a level; null: all on one line. */
  readonly indent: unknown;
  readonly sorted: boolean;
  /** Other than ASCII as `\uXXXX`. */
  readonly ascii: boolean;
  /** Between items, and between a name and its value. */
  readonly separators?: readonly [item: string, key: string] | undefined;
}

/** As Python's json.dumps writes it. */
export function toJson(value: unknown, options: JsonOptions, depth = 0): string {
  defined(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number")
    return Number.isFinite(value) ? toStr(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (typeof value === "string") return jsonText(value, options.ascii);
  const [between, colon] = options.separators ?? [options.indent === null ? ", " : ",", ": "];
  const around = { between, indent: options.indent, depth };
  if (isDict(value)) {
    const keys = options.sorted ? [...value.keys()].toSorted() : [...value.keys()];
    const pairs = keys.map((key) => jsonText(key, options.ascii) + colon + toJson(value.get(key), options, depth + 1));
    return `{${bracketed(pairs, around)}}`;
  }
  if (Array.isArray(value)) {
    const parts = value.map((item) => toJson(item, options, depth + 1));
    return `[${bracketed(parts, around)}]`;
  }
  throw new TemplateFailure(`a ${typeName(value)} has no JSON`);
}

function bracketed(
  parts: readonly string[],
  { between, indent, depth }: { readonly between: string; readonly indent: unknown; readonly depth: number },
): string {
  if (parts.length === 0 || indent === null) return parts.join(between);
  const step = typeof indent === "string" ? indent : " ".repeat(Number(indent));
  const blanks = `\n${step.repeat(depth + 1)}`;
  return `${blanks}${parts.join(between + blanks)}\n${step.repeat(depth)}`;
}

function jsonText(text: string, ascii: boolean): string {
  const json = JSON.stringify(text);
  if (!ascii) return json;
  return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
