import { pause } from "../../base/pause.ts";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LockHolder } from "../../base/errors.ts";
import type { Connection } from "./connection.ts";
import { besideError, locksDirectory, makeLocksDirectory } from "./beside.ts";
import { isBusy } from "./errors.ts";
import { createFile, fileIdentity, namesIn, ownerOf, processStart, remove } from "./files.ts";

/** A lock that is let go of at once, whichever way it is asked to. */
export interface HeldLock extends Disposable, AsyncDisposable {}

/**
 * Takes a lock of that name or answers null after the timeout. The kernel holds it, on a small database of its own, and
 * drops it when this process dies, however it dies; the holder in `locks` is only for messages.
 */
export async function takeLock(
  connection: Connection,
  name: string,
  holder: LockHolder,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HeldLock | null> {
  const start = performance.now();
  for (let pauseMs = 4; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    signal.throwIfAborted();
    const held = tryLock(connection.path, name);
    if (held !== null) return announced(connection, name, holder, held);
    const leftMs = timeoutMs - (performance.now() - start);
    if (leftMs <= 0) return null;
    await pause(Math.min(leftMs, pauseMs * (0.5 + Math.random() / 2)), signal);
  }
}

/** Who holds it; null when nobody alive does. One that has only just taken it may not have said so yet: asked again for a moment. */
export async function lockHolder(connection: Connection, name: string): Promise<LockHolder | null> {
  for (let tries = 0; tries < 10; tries++) {
    const holder = presentHolder(connection, name);
    if (holder !== null) return holder;
    await sleep(10);
  }
  return null;
}

export function presentHolder(connection: Connection, name: string): LockHolder | null {
  const sql = "SELECT who, host, command, pid, process_start, since FROM locks WHERE name = ?";
  const row = connection.first<LockHolder & { process_start: string }>(sql, name);
  if (row === undefined || processStart(row.pid) !== row.process_start) return null;
  return { who: row.who, host: row.host, command: row.command, pid: row.pid, since: row.since };
}

/** Of the database at `path`, which need not be readable. */
export function anyLockHeld(path: string): boolean {
  const directory = locksDirectory(path);
  return namesIn(directory).some((name) => {
    const database = lockedDatabase(join(directory, name));
    database?.close();
    return database === null;
  });
}

function announced(connection: Connection, name: string, holder: LockHolder, held: Disposable): HeldLock {
  const { who, host, command, pid, since } = holder;
  const sql =
    "INSERT OR REPLACE INTO locks (name, who, host, command, pid, process_start, since) VALUES (?, ?, ?, ?, ?, ?, ?)";
  try {
    connection.write(() => connection.run(sql, name, who, host, command, pid, processStart(pid) ?? "", since));
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
  const letGo = (): void => {
    try {
      if (connection.isOpen) connection.write(() => connection.run("DELETE FROM locks WHERE name = ?", name));
    } finally {
      held[Symbol.dispose]();
    }
  };
  return { [Symbol.dispose]: letGo, [Symbol.asyncDispose]: async () => letGo() };
}

/** Whoever lets go removes the file, so one that was waited for may no longer be the one others see: then it is not the lock. */
function tryLock(databasePath: string, name: string): Disposable | null {
  const path = join(locksDirectory(databasePath), `${Bun.SHA256.hash(name, "hex").slice(0, 32)}.lock`);
  try {
    makeLocksDirectory(databasePath);
    createFile(path, ownerOf(databasePath));
    const identity = fileIdentity(path);
    const database = lockedDatabase(path);
    if (database !== null && identity !== 0 && fileIdentity(path) === identity) return letGo(database, path);
    database?.close();
    return null;
  } catch (error) {
    throw besideError(databasePath, path, error);
  }
}

/** An exclusive transaction that never writes: nothing is left of it on the disk. */
function lockedDatabase(path: string): Database | null {
  const database = new Database(path, { readwrite: true, create: true, strict: true });
  try {
    database.run("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

function letGo(database: Database, path: string): Disposable {
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (!isHeld) return;
      isHeld = false;
      remove(path);
      database.close();
    },
  };
}
