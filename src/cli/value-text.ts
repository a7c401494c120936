import { toError, UsageError } from "../base/errors.ts";
import { decodeJson } from "../base/formats/json-text.ts";
import type { Value } from "../base/value.ts";
import { printableLines } from "../base/printable.ts";
import type { Sink } from "../report/sink.ts";

/** One value, the whole output of a command: text as it is, all else as JSON. A terminal is not given control characters. */
export function printValue(stdout: Sink, value: Value): void {
  const isPlain = typeof value === "string" || typeof value === "bigint";
  const text = isPlain ? String(value) : JSON.stringify(value, plain);
  stdout.write(`${stdout.terminal ? printableLines(text) : text}\n`);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/** `--json` values, as typed. */
export function valueFromJson(text: string): Value {
  try {
    return decodeJson(text);
  } catch (cause) {
    throw new UsageError(`VALUE is not JSON: ${toError(cause).message}`, { cause });
  }
}
