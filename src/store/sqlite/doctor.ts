import type { Finding } from "../contract.ts";
import { digestOf } from "../../base/digest.ts";
import { DatabaseError, SlothError } from "../../base/errors.ts";
import { verifyChain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { createFile, createFileWith, fileKind, readWhole, remove, rename } from "./files.ts";
import { anyLockHeld } from "./lock.ts";
import { openDatabase } from "./open.ts";
import { unpacked } from "./packed.ts";
import type { SqliteStack } from "./stack.ts";
import { stamp } from "./stamp.ts";

/** Looks at everything in a database; changes nothing. */
export function examine(connection: Connection, stacks: readonly SqliteStack[]): readonly Finding[] {
  return [
    ...integrity(connection),
    ...references(connection),
    ...contents(connection),
    ...stacks.flatMap((stack) => [
      ...history(connection, stack),
      ...cutOff(connection, stack),
      ...owed(connection, stack),
    ]),
    ...locks(connection),
  ];
}

/** A whole copy, of one moment, and of the key beside it. */
export function backup(connection: Connection, to: string): void {
  copyDatabase(connection, to);
  const key = `${connection.path}.key`;
  if (fileKind(key) === "file") createFileWith(`${to}.key`, readWhole(key));
}

/**
 * Puts a backup in the place of a database. What is there is set aside under another name, never deleted; answers that name,
 * null when nothing was there. Refuses a backup that is not whole, and while a run holds a lock.
 */
export async function restore(path: string, from: string): Promise<string | null> {
  using source = await openDatabase(from, { mode: "read" });
  if (source === null) throw new DatabaseError("E_DB_ACCESS", `${from} holds no database of ours`);
  const fault = integrity(source).find(({ level }) => level === "problem");
  if (fault !== undefined) throw new DatabaseError("E_DB_DAMAGED", `${from} is damaged itself: ${fault.message}`);
  if (anyLockHeld(path)) {
    throw new SlothError("E_LOCKED", `${path} is in use by a run`, { hint: "wait until it has ended" });
  }
  const fresh = `${path}.restoring`;
  remove(fresh);
  copyDatabase(source, fresh);
  const aside = setAside(path);
  rename(fresh, path);
  if (fileKind(`${from}.key`) === "file" && fileKind(`${path}.key`) === "none")
    createFileWith(`${path}.key`, readWhole(`${from}.key`));
  return aside;
}

function setAside(path: string): string | null {
  if (fileKind(path) === "none") return null;
  const aside = `${path}.aside-${stamp()}`;
  for (const suffix of ["", "-wal", "-shm"])
    if (fileKind(path + suffix) === "file") rename(path + suffix, aside + suffix);
  return aside;
}

function copyDatabase(connection: Connection, to: string): void {
  if (!createFile(to))
    throw new DatabaseError("E_DB_ACCESS", `${to} is there already`, { hint: "choose another name" });
  try {
    connection.run("PRAGMA query_only = OFF"); // it counts a copy as writing
    connection.run("VACUUM INTO ?", to);
  } catch (error) {
    remove(to);
    throw error;
  }
}

function integrity(connection: Connection): readonly Finding[] {
  const rows = connection
    .all<{ integrity_check: string }>("PRAGMA integrity_check(20)")
    .map((row) => row.integrity_check);
  if (rows.join() === "ok") return [{ level: "ok", check: "integrity", message: "the database is whole" }];
  const hint = "put a backup in its place with --restore PATH; the damaged file is set aside";
  return rows.map((message) => ({ level: "problem", check: "integrity", message, hint }));
}

function references(connection: Connection): readonly Finding[] {
  const rows = connection.all<{ table: string; rowid: number; parent: string }>("PRAGMA foreign_key_check");
  if (rows.length === 0) return [{ level: "ok", check: "references", message: "every row belongs to something" }];
  return rows.map(({ table, rowid, parent }) => ({
    level: "problem",
    check: "references",
    message: `row ${rowid} of ${table} belongs to a row of ${parent} that is not there`,
  }));
}

function contents(connection: Connection): readonly Finding[] {
  const findings: Finding[] = [];
  let count = 0;
  const sql = "SELECT digest, compressed, bytes FROM contents";
  for (const row of connection.each<{ digest: string; compressed: number; bytes: Uint8Array }>(sql)) {
    count++;
    if (digestOfStored(connection.path, row) === row.digest) continue;
    const message = `the contents kept as ${row.digest} are not those`;
    findings.push({ level: "problem", check: "contents", message, hint: "undo will not use them" });
  }
  const message = `${count} contents are kept for undo, each as it was`;
  return findings.length > 0 ? findings : [{ level: "ok", check: "contents", message }];
}

/** What does not even unpack is not what was kept. */
function digestOfStored(path: string, row: { readonly compressed: number; readonly bytes: Uint8Array }): string {
  try {
    return digestOf(row.compressed === 1 ? unpacked(path, row.bytes) : row.bytes);
  } catch (error) {
    if (error instanceof DatabaseError) return error.message;
    throw error;
  }
}

function history(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const fault = verifyChain(connection, stack.rowId);
  if (fault === null)
    return [{ level: "ok", check: "history", message: `${stack.name}: every run is as it was recorded` }];
  const where = fault.run === null ? stack.name : `${stack.name}, run ${fault.run}`;
  return [{ level: "problem", check: "history", message: `${where}: ${fault.reason}` }];
}

function cutOff(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const sql = "SELECT id, number FROM runs WHERE stack = ? AND status = 'running'";
  const run = connection.first<{ id: number; number: number }>(sql, stack.rowId);
  if (run === undefined) return [];
  const holder = stack.lockedBy();
  if (holder !== null) {
    return [
      { level: "note", check: "runs", message: `${stack.name}: run ${run.number} is running (pid ${holder.pid})` },
    ];
  }
  const inFlight = connection.all("SELECT 1 FROM changes WHERE run = ? AND outcome IS NULL", run.id).length;
  const message = `${stack.name}: run ${run.number} was cut off; ${inFlight} of its changes were begun and not finished`;
  return [{ level: "note", check: "runs", message, hint: "the next run names them and goes on" }];
}

function owed(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const count = connection.all("SELECT 1 FROM unsettled WHERE stack = ?", stack.rowId).length;
  if (count === 0 || stack.lockedBy() !== null) return [];
  const message = `${stack.name}: ${count} changes have not reached all who depend on them`;
  return [{ level: "note", check: "runs", message, hint: "the next run that succeeds delivers them" }];
}

function locks(connection: Connection): readonly Finding[] {
  const rows = connection.all<{ name: string; pid: number }>("SELECT name, pid FROM locks ORDER BY name");
  if (rows.length === 0) return [{ level: "ok", check: "locks", message: "no lock is held" }];
  return rows.map(({ name, pid }) => ({
    level: "note",
    check: "locks",
    message: `${name} was taken by pid ${pid}`,
    hint: "the kernel holds it only as long as that process lives; what is written here is for messages",
  }));
}
