import { SlothError } from "../../base/errors.ts";
import { Secret, isObject, type Value } from "../../base/value.ts";

/** Where the first secret inside a value is, as `.password` or `[2].key`; "" when it is one itself; undefined: there is none. */
export function secretIn(value: Value | undefined): string | undefined {
  if (value instanceof Secret) return "";
  if (Array.isArray(value)) return firstInside(value.map((item: Value, i) => [`[${i + 1}]`, item]));
  if (isObject(value)) return firstInside(Object.entries(value).map(([key, item]) => [`.${key}`, item]));
  return undefined;
}

/** As refuseSecrets, of words in which one stands, too. */
export function refuseSecretTexts(words: readonly string[], field: string, why: string): void {
  if (!words.some((word) => Secret.isIn(word))) return;
  throw new SlothError("E_SECRET", `a secret stands in '${field}', which cannot be used here: ${why}`);
}

/** Refuses a value that holds a secret; `why` ends the sentence: "it would be stored as it is". */
export function refuseSecrets(value: Value | undefined, field: string, why: string): void {
  const where = secretIn(value);
  if (where === undefined) return;
  throw new SlothError("E_SECRET", `'${field}${where}' is a secret, which cannot be used here: ${why}`);
}

/** The same value with `(secret)` in the place of each secret, for what is shown. */
export function withoutSecrets(value: Value): Value {
  if (value instanceof Secret) return value.toString();
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

function firstInside(items: readonly (readonly [string, Value])[]): string | undefined {
  for (const [step, item] of items) {
    const where = secretIn(item);
    if (where !== undefined) return step + where;
  }
  return undefined;
}
