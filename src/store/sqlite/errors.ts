import { SQLiteError } from "bun:sqlite";
import { DatabaseError } from "../../base/errors.ts";

const [PERM, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB] = [3, 5, 6, 8, 10, 11, 13, 14, 26];
const ELSEWHERE = "choose another place with --db PATH";

/** What SQLite or the file system said of the database at `path`, as an error the user can act on; others as they are. */
export function toDatabaseError(path: string, error: unknown): unknown {
  if (error instanceof SQLiteError) return fromSqlite(path, error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return fullDisk(path, error);
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|ELOOP|ENAMETOOLONG|ENOENT|EEXIST)$/.test(code)) return unusable(path, error);
  if (/^(EIO|EMFILE|ENFILE)$/.test(code)) return failedInput(path, error);
  return error;
}

export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && (primary(error) === BUSY || primary(error) === LOCKED);
}

/** SQLite cannot make the files a database in WAL mode needs beside it. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof SQLiteError && (primary(error) === CANTOPEN || primary(error) === READONLY);
}

export function damaged(path: string, cause: unknown): DatabaseError {
  const message = `${path} is damaged or not a database (${said(cause)}); it was left as it is`;
  const hint = `${ELSEWHERE}, or, where it was one, put a backup in its place with: sloth-runner stack doctor --restore BACKUP --db ${path}`;
  return new DatabaseError("E_DB_DAMAGED", message, { hint, cause });
}

function fromSqlite(path: string, error: SQLiteError): unknown {
  switch (primary(error)) {
    case BUSY:
    case LOCKED:
      return new DatabaseError("E_DB_BUSY", `${path} is being written by another process for too long`, {
        hint: "try again when it is done",
        cause: error,
      });
    case CORRUPT:
    case NOTADB:
      return damaged(path, error);
    case FULL:
      return fullDisk(path, error);
    case PERM:
    case READONLY:
    case CANTOPEN:
      return unusable(path, error);
    case IOERR:
      return failedInput(path, error);
    default:
      // Our statements fit our tables, so tables they do not fit are no longer ours.
      return /^no such |^malformed|^unsupported file format/.test(error.message) ? damaged(path, error) : error;
  }
}

function fullDisk(path: string, cause: unknown): DatabaseError {
  return new DatabaseError("E_DB_FULL", `no space left to write ${path}`, {
    hint: `free some, or ${ELSEWHERE}`,
    cause,
  });
}

function unusable(path: string, cause: unknown): DatabaseError {
  return new DatabaseError("E_DB_ACCESS", `cannot use the database ${path}: ${said(cause)}`, {
    hint: ELSEWHERE,
    cause,
  });
}

function failedInput(path: string, cause: unknown): DatabaseError {
  return new DatabaseError("E_DB_IO", `reading or writing ${path} failed: ${said(cause)}`, { hint: ELSEWHERE, cause });
}

function said(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^E[A-Z]+: ([^,]+), \w+ '/.exec(message)?.[1] ?? message;
}

function primary(error: SQLiteError): number {
  return error.errno & 0xff;
}
