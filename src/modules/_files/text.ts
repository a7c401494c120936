import { toText } from "../../base/byte-text.ts";
import type { Contents } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";

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
