import { DatabaseError } from "../../base/errors.ts";
import { createFileWith, fileKind, readWhole } from "./files.ts";
import type { OpenMode } from "./open.ts";

const LENGTH = 32;

/**
 * The key of keyed digests, kept beside the database so that neither alone tells a secret. Made when first needed; in mode
 * `read`, where nothing is written, one that is forgotten: nothing recorded was made with it.
 */
export function loadKey(databasePath: string, mode: OpenMode): Uint8Array {
  const path = `${databasePath}.key`;
  if (fileKind(path) === "none") {
    const key = crypto.getRandomValues(new Uint8Array(LENGTH));
    if (mode === "read" || createFileWith(path, key)) return key;
  }
  const key = readWhole(path);
  if (key.length === LENGTH) return key;
  throw new DatabaseError("E_DB_KEY", `${path} is not a key of ours (${key.length} bytes, not ${LENGTH})`, {
    hint: "put back the right one; without it what is sensitive counts as changed, and a new one is made when you remove it",
  });
}
