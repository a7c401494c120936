import { SlothError } from "../../base/errors.ts";
import { pathBytes } from "../../base/path-text.ts";
import { encodeValue, integerValue, type Value } from "../../base/value.ts";

/*
 * What every key-value space holds to, whatever keeps it.
 */

const LONGEST_KEY = 1024;
const LARGEST_VALUE = 16 * 1024 * 1024;
/** The last moment that four digits of a year can write: times are compared as text. */
const LAST_MOMENT = Date.parse("9999-12-31T23:59:59.999Z");

/** E_STATE_KEY unless it has 1 to 1024 bytes. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(pathBytes(key));
  if (bytes >= 1 && bytes <= LONGEST_KEY) return;
  throw new SlothError("E_STATE_KEY", `a key has 1 to ${LONGEST_KEY} bytes, this one ${bytes}`);
}

/** Its text, as it is kept; E_STATE_LIMIT beyond 16 MiB. */
export function keptText(key: string, value: Value): string {
  const text = encodeValue(value);
  if (Buffer.byteLength(text) <= LARGEST_VALUE) return text;
  throw new SlothError("E_STATE_LIMIT", `${key}: a value has at most ${LARGEST_VALUE / 1024 / 1024} MiB`, {
    hint: "keep it in a file, and its path here",
  });
}

/** When a value that lives so long is over. One that outlives the year 9999 lives as long as there are years to write. */
export function expiry(ttlSeconds: number): string {
  const at = Date.now() + ttlSeconds * 1000;
  if (ttlSeconds > 0 && Number.isFinite(ttlSeconds)) return new Date(Math.min(at, LAST_MOMENT)).toISOString();
  throw new SlothError("E_STATE_TTL", `a time to live is a number of seconds above 0, not ${ttlSeconds}`);
}

/** The sum of two whole numbers of 64 bits; E_STATE_TYPE and E_STATE_RANGE. */
export function addWhole(key: string, value: Value, by: number | bigint): number | bigint {
  const present = wholeNumber(key, value);
  const sum = present + wholeNumber("by", by);
  if (BigInt.asIntN(64, sum) === sum) return integerValue(sum);
  throw new SlothError("E_STATE_RANGE", `${key}: ${sum} does not fit 64 bits; it stays ${present}`);
}

function wholeNumber(what: string, value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new SlothError("E_STATE_TYPE", `${what} is not a whole number`, { hint: "increment adds whole numbers only" });
}
