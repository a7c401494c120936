import { isUtf8 } from "node:buffer";
import { pathBytes } from "../../base/path-text.ts";
import type { Contents } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";

/** Bytes as Lua has them in plain data: a string where they are valid UTF-8 (a BOM is kept), else the bytes. */
export function bytesValue(bytes: Uint8Array): string | Uint8Array {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") : bytes;
}

export function bytesOf(contents: Contents): Uint8Array {
  if (contents instanceof Secret) return contents.reveal();
  return typeof contents === "string" ? Buffer.from(contents, "utf8") : contents;
}

/** A file name as Lua has it: its bytes where it is not UTF-8. */
export function nameValue(name: string): string | Uint8Array {
  const bytes = pathBytes(name);
  return typeof bytes === "string" ? bytes : new Uint8Array(bytes);
}
