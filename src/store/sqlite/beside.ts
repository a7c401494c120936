import { DatabaseError } from "../../base/errors.ts";
import { toDatabaseError } from "./errors.ts";
import { makeDirectoryFor, ownerOf } from "./files.ts";

/** What SQLite and we keep beside a database: by its real name, so that whoever calls it by another finds the same. */
export function filesOf(path: string): readonly string[] {
  return [path, ...sqliteFiles(path), `${path}-journal`, keyFile(path), locksDirectory(path)];
}

/** SQLite's own, without which a database is not whole. */
export function sqliteFiles(path: string): readonly string[] {
  return [`${path}-wal`, `${path}-shm`];
}

export function keyFile(path: string): string {
  return `${path}.key`;
}

export function locksDirectory(path: string): string {
  return `${path}.locks`;
}

/** A restore is made under this name first: where it is found, one was cut off. */
export function restoringFile(path: string): string {
  return `${path}.restoring`;
}

export function makeLocksDirectory(path: string): void {
  makeDirectoryFor(locksDirectory(path), ownerOf(path));
}

/** What went wrong with a file beside a database, or in its locks. Mostly another user made it, who ran with this database. */
export function besideError(path: string, file: string, error: unknown): unknown {
  const known = toDatabaseError(file, error);
  const rightful = ownerOf(path)?.uid;
  const foreign = [locksDirectory(path), file].find((one) => isAnothers(one, rightful));
  if (!(known instanceof DatabaseError) || known.code !== "E_DB_ACCESS" || foreign === undefined) return known;
  return new DatabaseError(known.code, `${foreign} belongs to another user than the database`, {
    hint: `as root: chown --reference=${path} ${foreign}`,
    cause: error,
  });
}

/** Of what cannot even be looked at nothing is said. */
function isAnothers(file: string, rightful: number | undefined): boolean {
  try {
    const owner = ownerOf(file)?.uid;
    return owner !== undefined && owner !== rightful;
  } catch {
    return false; // below a directory that is another's, which is told first
  }
}
