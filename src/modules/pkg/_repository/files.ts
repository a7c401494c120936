import { isUtf8 } from "node:buffer";
import { utf8Text } from "../../../base/byte-text.ts";
import { parentOf } from "../../../base/path.ts";
import type { ReadSystem, System } from "../../../system/system.ts";
import { makeDirectories } from "../../_files/file.ts";

/** A file as undo has it: its text, else its bytes in base64; null: there was none. */
export type KeptFile = string | null;

const BASE64 = "base64:";

export function textAt(path: string, target: ReadSystem): string {
  return target.stat(path)?.type === "file" ? utf8Text(target.readFile(path)) : "";
}

export function keptFile(path: string, target: ReadSystem): KeptFile {
  if (target.stat(path)?.type !== "file") return null;
  const bytes = target.readFile(path);
  return isUtf8(bytes) ? utf8Text(bytes) : BASE64 + Buffer.from(bytes).toString("base64");
}

export async function putKept(path: string, kept: KeptFile, target: System): Promise<void> {
  if (kept === null) return remove(path, target);
  await put(path, kept.startsWith(BASE64) ? Buffer.from(kept.slice(BASE64.length), "base64") : kept, target);
}

/** For all to read, as apt reads its sources and keys as a user of its own. */
export async function put(path: string, contents: Uint8Array | string, target: System): Promise<void> {
  makeDirectories(target, parentOf(path), { mode: "0755" });
  const mode = target.stat(path) === null ? { mode: 0o644 } : {};
  await target.writeFile(path, Buffer.from(contents), mode);
}

export function remove(path: string, target: System): void {
  if (target.lstat(path) !== null) target.unlink(path);
}
