import { addWhole, checkKey, expiry, keptText } from "../../engine/record/key-value-rules.ts";
import { SlothError, type LockHolder } from "../../base/errors.ts";
import type { KeyValue, KeyValueEntry, KeyValueStats } from "../../engine/record/record.ts";
import { sameValue, type Value } from "../../base/value.ts";
import type { Connection } from "./connection.ts";
import { lockHolder, takeLock, type HeldLock } from "./lock.ts";
import { fromName, type NameColumn, toName } from "./names.ts";
import { readValue } from "./values.ts";

/** The scope of the whole database; a stack's own is its id. */
export const SHARED = 0;
/** The scope of what this program keeps for itself. */
export const OWN = -1;

interface Entry {
  readonly key: NameColumn;
  readonly value: string;
  readonly expires_at: string | null;
}

/** The keys of one stack, or of the whole database. What has expired is not there, and is removed with the next write. */
export class StoredKeyValue implements KeyValue {
  private readonly connection: Connection;
  private readonly scope: number;
  private readonly self: () => LockHolder;

  constructor(connection: Connection, scope: number, self: () => LockHolder) {
    this.connection = connection;
    this.scope = scope;
    this.self = self;
  }

  get(key: string): Value | undefined {
    const sql = `SELECT value FROM kv WHERE scope = ? AND key = ? AND ${ALIVE}`;
    const row = this.connection.first<{ value: string }>(sql, this.scope, keyColumn(key), now());
    return row === undefined ? undefined : readValue(this.connection.path, row.value);
  }

  set(key: string, value: Value, ttlSeconds?: number): void {
    const expires = ttlSeconds === undefined ? null : expiry(ttlSeconds);
    const text = keptText(key, value);
    this.connection.write(() => {
      this.connection.run("DELETE FROM kv WHERE expires_at <= ?", now());
      this.connection.run(PUT, this.scope, keyColumn(key), text, expires, now());
    });
  }

  delete(key: string): boolean {
    return this.connection.write(() => {
      this.connection.run("DELETE FROM kv WHERE expires_at <= ?", now());
      return this.connection.run("DELETE FROM kv WHERE scope = ? AND key = ?", this.scope, keyColumn(key)).changes > 0;
    });
  }

  list(prefix = ""): readonly KeyValueEntry[] {
    const sql = `SELECT key, value, expires_at FROM kv WHERE scope = ? AND ${ALIVE} ORDER BY key`;
    const rows = this.connection.all<Entry>(sql, this.scope, now());
    return rows
      .map((row) => ({ key: fromName(row.key), text: row.value, expiresAt: row.expires_at }))
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, text, expiresAt }) => ({ key, value: readValue(this.connection.path, text), expiresAt }));
  }

  increment(key: string, by: number | bigint): number | bigint {
    return this.connection.write(() => {
      const sum = addWhole(key, this.get(key) ?? 0, by);
      this.replace(key, sum);
      return sum;
    });
  }

  compareSwap(key: string, old: Value | undefined, value: Value): boolean {
    return this.connection.write(() => {
      const present = this.get(key);
      const isEqual = present === undefined || old === undefined ? present === old : sameValue(present, old);
      if (isEqual) this.replace(key, value);
      return isEqual;
    });
  }

  stats(): KeyValueStats {
    const sql = `
      SELECT count(*) AS keys, coalesce(sum(octet_length(key) + octet_length(value)), 0) AS bytes,
        min(updated_at) AS oldest, max(updated_at) AS newest FROM kv WHERE scope = ? AND ${ALIVE}`;
    const empty = { keys: 0, bytes: 0, oldest: null, newest: null };
    return this.connection.first<KeyValueStats>(sql, this.scope, now()) ?? empty;
  }

  async lock(name: string, timeoutMs: number, signal: AbortSignal): Promise<HeldLock> {
    const lockName = `state:${this.scope}:${name}`;
    const held = await takeLock(this.connection, lockName, this.self(), timeoutMs, signal);
    if (held !== null) return held;
    const holder = await lockHolder(this.connection, lockName);
    const by =
      holder === null ? "another process" : `${holder.who}@${holder.host} (${holder.command}, pid ${holder.pid})`;
    throw new SlothError(
      "E_STATE_LOCKED",
      `the lock ${name} was not had within ${timeoutMs / 1000} s: ${by} holds it`,
      {
        hint: "give with_lock a longer timeout",
      },
    );
  }

  /** An expiry that it has stays; one that has passed is gone with what it was for. */
  private replace(key: string, value: Value): void {
    const text = keptText(key, value);
    this.connection.run("DELETE FROM kv WHERE expires_at <= ?", now());
    const sql = "UPDATE kv SET value = ?, updated_at = ? WHERE scope = ? AND key = ?";
    if (this.connection.run(sql, text, now(), this.scope, keyColumn(key)).changes > 0) return;
    this.connection.run(PUT, this.scope, keyColumn(key), text, null, now());
  }
}

const ALIVE = "(expires_at IS NULL OR expires_at > ?)";
const PUT = "INSERT OR REPLACE INTO kv (scope, key, value, expires_at, updated_at) VALUES (?, ?, ?, ?, ?)";

function keyColumn(key: string): NameColumn {
  checkKey(key);
  return toName(key);
}

function now(): string {
  return new Date().toISOString();
}
