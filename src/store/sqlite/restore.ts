import { Database } from "bun:sqlite";
import { DatabaseError, SlothError } from "../../base/errors.ts";
import { keyFile, restoringFile, sqliteFiles } from "./beside.ts";
import type { Connection } from "./connection.ts";
import { faultOf } from "./doctor.ts";
import { isBusy, toDatabaseError } from "./errors.ts";
import {
  createFile,
  createFileWith,
  fileKind,
  linkAs,
  ownerOf,
  readWhole,
  refusePlanted,
  remove,
  rename,
  syncDirectory,
} from "./files.ts";
import { adoptKey } from "./key.ts";
import { anyLockHeld } from "./lock.ts";
import { openDatabase, placeFor } from "./open.ts";
import { APPLICATION_ID } from "./schema.ts";
import { stamp } from "./stamp.ts";

/** A whole copy, of one moment, and of the key beside it. */
export function backup(connection: Connection, to: string): void {
  refusePlanted([to, keyFile(to)]);
  copyDatabase(connection, to);
  const key = keyFile(connection.path);
  if (fileKind(key) === "file") createFileWith(keyFile(to), readWhole(key));
}

/**
 * Puts a backup, and its key, in the place of a database. What is there is set aside under another name, never deleted; answers that
 * name, null when nothing was there. Refuses a backup that is not whole, and a database in use. Cut off at any moment, either the one or
 * the other is in its place, each with its key.
 */
export async function restore(place: string, from: string): Promise<string | null> {
  using source = await openDatabase(from, { mode: "read" });
  if (source === null) throw new DatabaseError("E_DB_ACCESS", `${from} holds no database of ours`);
  const fault = faultOf(source);
  if (fault !== undefined) throw new DatabaseError("E_DB_DAMAGED", `${from} is damaged itself: ${fault}`);
  const path = placeFor(place);
  try {
    return exchange(path, source);
  } catch (error) {
    throw toDatabaseError(path, error);
  }
}

function exchange(path: string, source: Connection): string | null {
  if (anyLockHeld(path)) throw inUse(path, "by a run", "wait until it has ended");
  const fresh = restoringFile(path);
  const aside = fileKind(path) === "none" ? null : `${path}.aside-${stamp()}`;
  try {
    copyBeside(path, source);
    if (aside !== null) setAside(path, aside);
    using _alone = aloneWith(path, aside);
    for (const file of sqliteFiles(path)) remove(file); // they would be taken for the new one's
    rename(fresh, path);
    adoptKey(path);
    return aside;
  } catch (error) {
    // Once it is in its place its key is all that is missing, and the next to open it sees to that.
    if (fileKind(fresh) === "none") throw error;
    for (const file of [keyFile(fresh), fresh]) remove(file);
    if (aside !== null) for (const end of endings(path)) remove(aside + end);
    throw error;
  }
}

/** Under a second name, so that there is always one in its place. */
function setAside(path: string, aside: string): void {
  for (const end of endings(path)) if (fileKind(path + end) === "file") linkAs(path + end, aside + end);
}

/** Of the names of a database, of SQLite's files beside it and of its key. */
function endings(path: string): readonly string[] {
  return [path, ...sqliteFiles(path), keyFile(path)].map((file) => file.slice(path.length));
}

/** A key alone is one whose database is in its place: so it is the first to go and the last to come. */
function copyBeside(path: string, source: Connection): void {
  const [fresh, owner] = [restoringFile(path), ownerOf(path)];
  remove(keyFile(fresh));
  remove(fresh);
  copyDatabase(source, fresh, owner);
  syncDirectory(fresh);
  const key = keyFile(source.path);
  if (fileKind(key) === "file") createFileWith(keyFile(fresh), readWhole(key), owner);
}

/**
 * Keeps everybody else out of a database of ours until its end, and brings what is in its -wal into it: what is aside then needs none. One
 * that is damaged, or of another program, is left as it is.
 */
function aloneWith(path: string, aside: string | null): Disposable {
  const nobody = { [Symbol.dispose]: () => {} };
  if (aside === null || fileKind(path) !== "file") return nobody;
  const database = new Database(path, { readwrite: true, create: false, strict: true });
  try {
    database.run("PRAGMA busy_timeout = 500");
    if (!isOurs(database)) throw new Error("another program's");
    database.run("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    for (const file of sqliteFiles(aside)) remove(file);
    return { [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (isBusy(error)) throw inUse(path, "by another process", "wait until it is done");
    return nobody;
  }
}

function isOurs(database: Database): boolean {
  return database.query("PRAGMA application_id").values()[0]?.[0] === APPLICATION_ID;
}

function copyDatabase(connection: Connection, to: string, owner = ownerOf(to)): void {
  if (!createFile(to, owner))
    throw new DatabaseError("E_DB_ACCESS", `${to} is there already`, { hint: "choose another name" });
  try {
    connection.run("PRAGMA query_only = OFF"); // it counts a copy as writing
    connection.run("VACUUM INTO ?", to);
  } catch (error) {
    remove(to);
    throw error;
  }
}

function inUse(path: string, by: string, hint: string): SlothError {
  return new SlothError("E_LOCKED", `${path} is in use ${by}`, { hint });
}
