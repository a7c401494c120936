import { SlothError } from "../../base/errors.ts";
import { pathBytes } from "../../base/path-text.ts";
import type { KeyValue } from "./record.ts";
import { decodeValue, encodeValue, integerValue, sameValue, type Value } from "../../base/value.ts";

const LONGEST_KEY = 1024;
const LARGEST_VALUE = 16 * 1024 * 1024;

interface Entry {
  readonly value: Value;
  readonly expiresAt: string | null;
  readonly updatedAt: string;
}

/** A key-value space in memory over the real one, or over none: answers alike, refuses alike, writes nothing. */
export function planKeyValue(base: KeyValue | null): KeyValue {
  /** null: deleted here, whatever is below. */
  const entries = new Map<string, Entry | null>();

  const get = (key: string): Value | undefined => {
    checkKey(key);
    const entry = entries.get(key);
    if (entry === undefined) return base?.get(key);
    return entry === null || isOver(entry) ? undefined : entry.value;
  };
  const put = (key: string, value: Value, expiresAt: string | null): void => {
    checkKey(key);
    entries.set(key, { value: kept(key, value), expiresAt, updatedAt: new Date().toISOString() });
  };
  /** An expiry that it has stays; one that has passed is gone with what it was for. */
  const replace = (key: string, value: Value): void => {
    const entry = entries.get(key);
    const below = entry === undefined ? base?.list(key).find((item) => item.key === key) : undefined;
    const present = entry !== undefined && entry !== null && isOver(entry) ? undefined : (entry ?? below);
    put(key, value, present?.expiresAt ?? null);
  };
  const list = (prefix = ""): ReturnType<KeyValue["list"]> => {
    const under = (base?.list(prefix) ?? []).filter(({ key }) => !entries.has(key));
    const over = [...entries].flatMap(([key, entry]) =>
      key.startsWith(prefix) && entry !== null && !isOver(entry)
        ? [{ key, value: entry.value, expiresAt: entry.expiresAt }]
        : [],
    );
    return [...under, ...over].sort((a, b) => byBytes(a.key, b.key));
  };

  return {
    get,
    list,
    set: (key, value, ttlSeconds) => put(key, value, ttlSeconds === undefined ? null : expiry(ttlSeconds)),
    delete(key) {
      const had = get(key) !== undefined;
      entries.set(key, null);
      return had;
    },
    increment(key, by) {
      const sum = addWhole(key, get(key) ?? 0, by);
      replace(key, sum);
      return sum;
    },
    compareSwap(key, old, value) {
      const present = get(key);
      const isEqual = present === undefined || old === undefined ? present === old : sameValue(present, old);
      if (isEqual) replace(key, value);
      return isEqual;
    },
    stats: () => statsOf(list(), entries, base),
    lock: () => Promise.resolve({ [Symbol.dispose]: () => {} }),
  };
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(pathBytes(key));
  if (bytes >= 1 && bytes <= LONGEST_KEY) return;
  throw new SlothError("E_STATE_KEY", `a key has 1 to ${LONGEST_KEY} bytes, this one ${bytes}`);
}

/** Through its text, as the record keeps it: what cannot be kept is refused in plan too. */
function kept(key: string, value: Value): Value {
  const text = encodeValue(value);
  if (Buffer.byteLength(text) <= LARGEST_VALUE) return decodeValue(text);
  throw new SlothError("E_STATE_LIMIT", `${key}: a value has at most ${LARGEST_VALUE / 1024 / 1024} MiB`, {
    hint: "keep it in a file, and its path here",
  });
}

function expiry(ttlSeconds: number): string {
  const at = Date.now() + ttlSeconds * 1000;
  if (ttlSeconds > 0 && at <= 8.64e15) return new Date(at).toISOString();
  throw new SlothError("E_STATE_TTL", `a time to live is a number of seconds above 0, not ${ttlSeconds}`);
}

function addWhole(key: string, value: Value, by: number | bigint): number | bigint {
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

/** Oldest and newest are exact for what is only in memory or only below. */
function statsOf(
  listed: ReturnType<KeyValue["list"]>,
  entries: ReadonlyMap<string, Entry | null>,
  base: KeyValue | null,
): ReturnType<KeyValue["stats"]> {
  const size = (text: string): number => Buffer.byteLength(pathBytes(text));
  const below = listed.some(({ key }) => !entries.has(key)) ? base?.stats() : undefined;
  const here = listed.map(({ key }) => entries.get(key)?.updatedAt);
  const times = [...here, below?.oldest, below?.newest].filter((at) => typeof at === "string").sort();
  return {
    keys: listed.length,
    bytes: listed.reduce((sum, { key, value }) => sum + size(key) + size(encodeValue(value)), 0),
    oldest: times[0] ?? null,
    newest: times.at(-1) ?? null,
  };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(pathBytes(a)), Buffer.from(pathBytes(b)));
}

function isOver(entry: Entry): boolean {
  return entry.expiresAt !== null && entry.expiresAt <= new Date().toISOString();
}
