import { Database, constants } from "bun:sqlite";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { filesOf } from "./beside.ts";
import { Connection } from "./connection.ts";
import { isBusy, isUnwritable, toDatabaseError } from "./errors.ts";
import {
  createFile,
  fileIdentity,
  fileKind,
  furtherNames,
  fileSize,
  makeDirectory,
  mustBeAccessible,
  networkFileSystem,
  realPath,
  refusePlanted,
  syncDirectory,
} from "./files.ts";
import { adoptKey } from "./key.ts";
import { APPLICATION_ID, MIGRATIONS, STAND_INS, TRIGGER } from "./schema.ts";

/** `write`: made and migrated when needed. `read`: nothing on the disk changes. */
export type OpenMode = "write" | "read";

/** null: mode `read` and there is no database yet. */
export async function openDatabase(path: string, options: { readonly mode: OpenMode }): Promise<Connection | null> {
  try {
    if (options.mode === "write") return await openForWriting(placeFor(path));
    refuseUnfit(path);
    return fileKind(path) === "none" ? null : await openForReading(realOf(path));
  } catch (error) {
    throw toDatabaseError(path, error);
  }
}

/** Where a database of that name is, or will be: its real name, in a directory that is there. */
export function placeFor(path: string): string {
  try {
    refuseUnfit(path);
    makeDirectory(dirname(path));
    return realOf(path);
  } catch (error) {
    throw toDatabaseError(path, error);
  }
}

/** Where a database is to be in a directory that is not there. */
export function refuseMissingDirectory(path: string): void {
  refuseSpecial(path);
  const directory = dirname(path);
  if (fileKind(directory) !== "none") return;
  const message = `the database ${printable(path)} is in a directory that is not there`;
  throw new DatabaseError("E_DB_PLACE", message, {
    hint: "name another with --db, or begin a new record there with --create, which run, plan, stack new and stack import take",
  });
}

function refuseUnfit(path: string): void {
  refuseSpecial(path);
  refusePlanted(filesOf(path));
}

function refuseSpecial(path: string): void {
  if (/(^|\/):memory:$/.test(path)) {
    throw new DatabaseError("E_DB_ACCESS", "a database in memory would keep nothing", { hint: "give --db a file" });
  }
  if (path.includes("\0")) throw new DatabaseError("E_DB_ACCESS", "--db has a NUL in it", { hint: "give --db a file" });
}

/** By another name its locks, its key and SQLite's own files would be others. */
function realOf(path: string): string {
  const real = realPath(path);
  if (real !== path) refusePlanted(filesOf(real));
  return real;
}

async function openForWriting(path: string): Promise<Connection> {
  refuseNetwork(path);
  if (createFile(path)) syncDirectory(dirname(path));
  refuseOtherThanFile(path);
  mustBeAccessible(path, true);
  mustBeAccessible(dirname(path), true);
  const connection = await retried(() => {
    const identity = fileIdentity(path);
    const database = new Database(path, { readwrite: true, create: false, strict: true });
    return opened(path, database, (fresh) => prepare(fresh, database, identity));
  });
  adoptKey(path);
  return connection;
}

function openForReading(path: string): Promise<Connection | null> {
  refuseNetwork(path);
  refuseOtherThanFile(path);
  mustBeAccessible(path, false);
  return retried(() => readingFrom(path));
}

function readingFrom(path: string): Connection | null {
  try {
    return opened(path, new Database(path, readingMode(path)), readable);
  } catch (error) {
    if (isUnwritable(error)) return openImmutable(path, error);
    throw error;
  }
}

/**
 * Reading makes -wal and -shm, and only who could write takes them away again; `query_only` refuses all else. Where there is a
 * -wal already, that would write it into the database.
 */
function readingMode(path: string): { readonly [option: string]: boolean } {
  const hasLog = fileKind(`${path}-wal`) !== "none";
  return hasLog ? { readonly: true, strict: true } : { readwrite: true, create: false, strict: true };
}

/** Where not even the files for reading can be made (read-only directory or file system): nobody else writes there either. */
function openImmutable(path: string, cause: unknown): Connection | null {
  if (fileSize(`${path}-wal`) > 0) {
    const message = `${path} cannot be read without writing beside it: it was not closed when it was last written`;
    throw new DatabaseError("E_DB_ACCESS", message, {
      hint: "copy it and its -wal elsewhere, and give --db that",
      cause,
    });
  }
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return opened(path, new Database(`${pathToFileURL(path).href}?immutable=1`, flags), readable);
}

function opened<T extends Connection | null>(
  path: string,
  database: Database,
  ready: (connection: Connection, database: Database) => T,
): T {
  const connection = new Connection(path, database);
  try {
    database.run("PRAGMA busy_timeout = 50");
    const result = ready(connection, database);
    if (result === null) connection[Symbol.dispose]();
    return result;
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

/** Put in its place just now, by a restore: SQLite has opened the one before. */
class Replaced extends Error {}

function prepare(connection: Connection, database: Database, identity: number): Connection {
  versionOf(connection.path, database);
  if (fileIdentity(connection.path) !== identity) throw new Replaced();
  const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal") {
    throw new DatabaseError("E_DB_ACCESS", `${connection.path}: this file system has no shared memory for SQLite`, {
      hint: "choose another place with --db PATH",
    });
  }
  database.run("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
  if (versionOf(connection.path, database) < MIGRATIONS.length) migrate(connection.path, database);
  return connection;
}

function readable(connection: Connection, database: Database): Connection | null {
  const version = versionOf(connection.path, database);
  database.run("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY");
  if (version === 0) return null;
  for (const tables of STAND_INS.slice(version)) database.run(tables);
  database.run("PRAGMA query_only = ON");
  return connection;
}

function migrate(path: string, database: Database): void {
  database.run("BEGIN IMMEDIATE");
  try {
    for (const step of MIGRATIONS.slice(versionOf(path, database))) database.run(step);
    database.run(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    database.run("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.run("ROLLBACK");
    throw error;
  }
}

/** Version of the tables, 0 for an empty file. Refuses what is not ours and what a newer program made. */
function versionOf(path: string, database: Database): number {
  const found = database
    .query<{ application: number; version: number; tables: number; foreign: string | null }, []>(HEAD)
    .get();
  if (found === null) throw new DatabaseError("E_DB_DAMAGED", `${path} does not say what it is`);
  const { application, version, tables, foreign } = found;
  if (application === 0 && version === 0 && tables === 0) return 0;
  if (application !== APPLICATION_ID) {
    throw new DatabaseError("E_DB_FOREIGN", `${path} is a database of another program; it was left as it is`, {
      hint: "choose another place with --db PATH",
    });
  }
  if (version > MIGRATIONS.length) {
    const message = `${path} was made by a newer sloth-runner (its version is ${version}, this program knows ${MIGRATIONS.length})`;
    throw new DatabaseError("E_DB_NEWER", message, { hint: "use the newer program, or another place with --db PATH" });
  }
  if (foreign === null) return version;
  throw new DatabaseError(
    "E_DB_FOREIGN",
    `${path} has ${printable(foreign)}, which no sloth-runner made; it was left as it is`,
    {
      hint: "whoever made it can make reading never end, or change what is written; take it out with SQLite's own shell, or put a backup in its place",
    },
  );
}

/** What stands behind a view or a trigger runs with everything that is read or written: there are none but ours. */
const HEAD = `
  SELECT application_id AS application, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables,
    (SELECT type || ' ' || name FROM sqlite_schema WHERE type = 'view' OR (type = 'trigger' AND sql <> '${TRIGGER}') LIMIT 1) AS "foreign"
  FROM pragma_application_id, pragma_user_version`;

function refuseOtherThanFile(path: string): void {
  const kind = fileKind(path);
  if (kind === "file") return refuseFurtherNames(path);
  const what = kind === "directory" ? "is a directory" : "is not a file";
  throw new DatabaseError("E_DB_ACCESS", `cannot use the database ${path}: it ${what}`, {
    hint: kind === "directory" ? `give --db a file, such as ${join(path, "stacks.db")}` : "give --db a file",
  });
}

/** What a restore that was killed set aside is the same file for as long as it has no other. */
function refuseFurtherNames(path: string): void {
  if (furtherNames(path, `${basename(path)}.aside-`) <= 0) return;
  const message = `${path} has another name too, by a hard link: by each its locks and SQLite's own files would be others`;
  throw new DatabaseError("E_DB_ACCESS", message, {
    hint: "remove the other name, or make a copy in its place; a link made by ln -s is taken",
  });
}

function refuseNetwork(path: string): void {
  const type = networkFileSystem(dirname(path));
  if (type === undefined) return;
  throw new DatabaseError("E_DB_NETWORK", `${path} is on a network file system (${type}): locks do not hold there`, {
    hint: "choose a place on a local disk with --db PATH",
  });
}

/** Others may be opening it for the first time at this very moment. */
async function retried<T>(work: () => T): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return work();
    } catch (error) {
      if (!(isBusy(error) || error instanceof Replaced) || tries === 100) throw error;
      await sleep(10 + Math.random() * 40);
    }
  }
}
