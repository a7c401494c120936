import { toText } from "../../base/byte-text.ts";
import type { Contents } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";

/** Given contents as such text. A secret is opened. */
export function revealText(contents: Contents): string {
  if (typeof contents === "string") return contents;
  return toText(contents instanceof Secret ? contents.reveal() : contents);
}
