import { toError, UsageError } from "../base/errors.ts";
import { decodeJson } from "../base/formats/json-text.ts";
import type { Value } from "../base/value.ts";

/** `--json` values, as typed. */
export function valueFromJson(text: string): Value {
  try {
    return decodeJson(text);
  } catch (cause) {
    throw new UsageError(`VALUE is not JSON: ${toError(cause).message}`, { cause });
  }
}
