import { SlothError, toError } from "../errors.ts";
import { isObject, type Value } from "../value.ts";
import { forText, fromParser, withoutBom } from "./text-form.ts";

// Not Bun.TOML: it refuses integers beyond 2^53 and names no line.

export async function encodeToml(value: Value): Promise<string> {
  if (!isObject(value))
    throw new SlothError("E_TOML", "a TOML document is a table with names, not a list or a single value");
  const { stringify } = await import("smol-toml");
  // Whole numbers come as bigint, so that what is left as a number is a float.
  const form = { format: "TOML", noNull: true, integer: BigInt } as const;
  const text = stringify(forText(value, form), { numbersAsFloat: true });
  return `${text.trimEnd()}\n`.replace(/^\n$/, "");
}

/** Dates and times become text as they stand, integers are exact. */
export async function decodeToml(text: string, { keepsFloats = false } = {}): Promise<Value> {
  const { parse } = await import("smol-toml");
  try {
    return fromParser(parse(withoutBom(text), { integersAsBigInt: true }), keepsFloats);
  } catch (cause) {
    const said = /^Invalid TOML document: ([a-z][a-z ,:-]*)/.exec(toError(cause).message)?.[1];
    throw new SlothError("E_TOML", `is not TOML: ${placeOf(cause)}${said ?? "invalid value"}`);
  }
}

function placeOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null || !("line" in cause && "column" in cause)) return "";
  return `line ${String(cause.line)}, column ${String(cause.column)}: `;
}
