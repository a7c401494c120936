import { bytesToPath, pathBytes } from "../../base/path-text.ts";
import type { Contents } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";

/** A file as text in which every byte has its place: what is not UTF-8 becomes lone surrogates, so that `toBytes` gives the same bytes. */
export function toText(bytes: Uint8Array): string {
  return bytesToPath(bytes);
}

export function toBytes(text: string): Uint8Array {
  const bytes = pathBytes(text);
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
}

/** Given contents as such text. A secret is opened. */
export function revealText(contents: Contents): string {
  if (typeof contents === "string") return contents;
  return toText(contents instanceof Secret ? contents.reveal() : contents);
}

/** Lines with their `\n`; a `\r` before it is part of the line. */
export function splitLines(text: string): string[] {
  const lines = text.split("\n").map((line) => `${line}\n`);
  const last = lines.pop()?.slice(0, -1) ?? "";
  return last === "" ? lines : [...lines, last];
}
