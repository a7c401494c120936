import { DatabaseError } from "../../base/errors.ts";
import { besideError, keyFile, restoringFile } from "./beside.ts";
import { createFileWith, fileKind, ownerOf, readWhole, rename } from "./files.ts";
import type { OpenMode } from "./open.ts";

const LENGTH = 32;

/**
 * The key of keyed digests, kept beside the database at `path` so that neither alone tells a secret. Made when first needed; in mode
 * `read`, where nothing is written, one that is forgotten: nothing recorded was made with it. `called`: the name the database was
 * opened by; where that is a link, versions before this one kept the key beside it.
 */
export function loadKey(path: string, mode: OpenMode, called: string): Uint8Array {
  const file = keyFile(path);
  try {
    if (fileKind(file) !== "none") return checked(file);
    const before = keyFile(called);
    const key = fileKind(before) === "file" ? checked(before) : crypto.getRandomValues(new Uint8Array(LENGTH));
    return mode === "read" || createFileWith(file, key, ownerOf(path)) ? key : checked(file);
  } catch (error) {
    throw besideError(path, file, error);
  }
}

/** Another database's key for the one at `path`, where it has none yet. Answers whether its key is that one now. */
export function takeKey(path: string, key: Uint8Array): boolean {
  const file = keyFile(path);
  try {
    if (fileKind(file) === "none" && key.length === LENGTH && createFileWith(file, key, ownerOf(path))) return true;
    return Buffer.from(checked(file)).equals(key);
  } catch (error) {
    throw besideError(path, file, error);
  }
}

/** The key that came with a backup follows once the backup is in its place, also when the restore was cut off between the two. */
export function adoptKey(path: string): void {
  const fresh = restoringFile(path);
  if (fileKind(fresh) !== "none" || fileKind(keyFile(fresh)) === "none") return;
  rename(keyFile(fresh), keyFile(path));
}

function checked(file: string): Uint8Array {
  const key = readWhole(file);
  if (key.length === LENGTH) return key;
  throw new DatabaseError("E_DB_KEY", `${file} is not a key of ours (${key.length} bytes, not ${LENGTH})`, {
    hint: "put back the right one; without it what is sensitive counts as changed, and a new one is made when you remove it",
  });
}
