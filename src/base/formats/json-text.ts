import { SlothError } from "../errors.ts";
import { Float, integerValue, type Value } from "../value.ts";
import { forText, withoutBom } from "./text-form.ts";
import { jsonError } from "./json-error.ts";

export interface JsonOptions {
  /** Two spaces a level, one member a line. */
  readonly pretty?: boolean | undefined;
  /** Members by name: equal values give equal text. */
  readonly sorted?: boolean | undefined;
  /** Writes what a secret holds: only where the text itself is then treated as one. */
  readonly openSecrets?: boolean | undefined;
}

/** Members stand in the order they come in; integers are exact. */
export function encodeJson(value: Value, options: JsonOptions = {}): string {
  const { pretty, sorted, openSecrets } = options;
  const plain = forText(value, { sorted, format: "JSON", bigint: rawNumber, float, noInfinity: true, openSecrets });
  return JSON.stringify(plain, null, pretty === true ? 2 : undefined);
}

/**
 * Integers of 64 bits are exact (beyond 2^53 as bigint); larger ones become floats, as a Lua literal does. A float without a fraction is
 * `Float` where that is asked for, else a whole number.
 */
export function decodeJson(text: string, { keepsFloats = false } = {}): Value {
  const source = withoutBom(text);
  if (isTooDeep(source)) throw new SlothError("E_JSON", `is nested deeper than ${DEEPEST} values`);
  try {
    const mayHaveFloats = keepsFloats && /\d(?:\.\d|[eE][-+\d])/.test(source);
    if (!mayHaveFloats && !/\d{16}/.test(source)) return JSON.parse(source) as Value;
    return JSON.parse(source, mayHaveFloats ? exactNumber : exactInteger) as Value; // JSON.parse makes nothing else
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const { place, expected } = jsonError(source);
    throw new SlothError("E_JSON", `is not JSON: ${place}: ${expected}`);
  }
}

/** Deeper than anybody means it; what goes through it by itself would take all of the stack. */
const DEEPEST = 1_000;

function isTooDeep(text: string): boolean {
  let [depth, isText] = [0, false];
  for (let at = 0; at < text.length && depth <= DEEPEST; at++) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) isText = !isText;
    else if (isText) at += sign === BACKSLASH ? 1 : 0;
    else if (sign === BRACKET || sign === BRACE) depth++;
    else if (sign === BRACKET + 2 || sign === BRACE + 2) depth--;
  }
  return depth > DEEPEST;
}

const [QUOTE, BACKSLASH, BRACKET, BRACE] = [34, 92, 91, 123];

function exactInteger(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return /^-?\d+$/.test(context.source) ? integerValue(BigInt(context.source)) : value;
}

function exactNumber(this: unknown, key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isFloat = typeof value === "number" && Number.isInteger(value) && /[.eE]/.test(context?.source ?? "");
  return isFloat ? new Float(value) : exactInteger.call(this, key, value, context);
}

function rawNumber(value: bigint): unknown {
  return rawJson(value.toString());
}

function float(value: number): unknown {
  const text = String(value);
  return rawJson(/[.e]/.test(text) ? text : `${Object.is(value, -0) ? "-0" : text}.0`);
}

function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text); // not in TypeScript's library yet
}
