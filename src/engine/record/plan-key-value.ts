import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { pathBytes } from "../../base/path-text.ts";
import { decodeValue, encodeValue, sameValue, type Value } from "../../base/value.ts";
import { addWhole, checkKey, expiry, keptText } from "./key-value-rules.ts";
import type { KeyValue, KeyValueEntry, KeyValueStats } from "./record.ts";

interface Entry {
  readonly value: Value;
  readonly expiresAt: string | null;
  readonly updatedAt: string;
}

/** A key-value space in memory over the real one, or over none: answers alike, refuses alike, writes nothing. */
export function planKeyValue(base: KeyValue | null): KeyValue {
  /** null: deleted here, whatever is below. */
  const entries = new Map<string, Entry | null>();

  const get = (key: string): MaybePromise<Value | undefined> => {
    checkKey(key);
    const entry = entries.get(key);
    if (entry === undefined) return base?.get(key);
    return entry === null || isOver(entry) ? undefined : entry.value;
  };
  const put = (key: string, value: Value, expiresAt: string | null): void => {
    checkKey(key);
    // Through its text, as the record keeps it: what cannot be kept is refused in plan too.
    const kept = decodeValue(keptText(key, value));
    entries.set(key, { value: kept, expiresAt, updatedAt: new Date().toISOString() });
  };
  /** An expiry that it has stays; one that has passed is gone with what it was for. */
  const replace = (key: string, value: Value): MaybePromise<void> => {
    const entry = entries.get(key);
    if (entry !== undefined) return put(key, value, entry === null || isOver(entry) ? null : entry.expiresAt);
    return after(base?.list(key) ?? [], (below) =>
      put(key, value, below.find((item) => item.key === key)?.expiresAt ?? null),
    );
  };
  const list = (prefix = ""): MaybePromise<readonly KeyValueEntry[]> =>
    after(base?.list(prefix) ?? [], (below) => {
      const under = below.filter(({ key }) => !entries.has(key));
      const over = [...entries].flatMap(([key, entry]) =>
        key.startsWith(prefix) && entry !== null && !isOver(entry)
          ? [{ key, value: entry.value, expiresAt: entry.expiresAt }]
          : [],
      );
      return [...under, ...over].sort((a, b) => byBytes(a.key, b.key));
    });

  return {
    get,
    list,
    set: (key, value, ttlSeconds) => put(key, value, ttlSeconds === undefined ? null : expiry(ttlSeconds)),
    delete: (key) =>
      after(get(key), (present) => {
        entries.set(key, null);
        return present !== undefined;
      }),
    increment: (key, by) =>
      after(get(key), (present = 0) => {
        const sum = addWhole(key, present, by);
        return after(replace(key, sum), () => sum);
      }),
    compareSwap: (key, old, value) =>
      after(get(key), (present) => {
        const isEqual = present === undefined || old === undefined ? present === old : sameValue(present, old);
        return isEqual ? after(replace(key, value), () => true) : false;
      }),
    stats: () => after(list(), (listed) => statsOf(listed, entries, base)),
    lock: () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }),
  };
}

/** Oldest and newest are exact for what is only in memory or only below. */
function statsOf(
  listed: readonly KeyValueEntry[],
  entries: ReadonlyMap<string, Entry | null>,
  base: KeyValue | null,
): MaybePromise<KeyValueStats> {
  const size = (text: string): number => Buffer.byteLength(pathBytes(text));
  const under = listed.some(({ key }) => !entries.has(key)) ? base?.stats() : undefined;
  return after(under, (below) => {
    const here = listed.map(({ key }) => entries.get(key)?.updatedAt);
    const times = [...here, below?.oldest, below?.newest].filter((at) => typeof at === "string").sort();
    return {
      keys: listed.length,
      bytes: listed.reduce((sum, { key, value }) => sum + size(key) + size(encodeValue(value)), 0),
      oldest: times[0] ?? null,
      newest: times.at(-1) ?? null,
    };
  });
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(pathBytes(a)), Buffer.from(pathBytes(b)));
}

function isOver(entry: Entry): boolean {
  return entry.expiresAt !== null && entry.expiresAt <= new Date().toISOString();
}
