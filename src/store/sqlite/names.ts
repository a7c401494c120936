import { toText } from "../../base/byte-text.ts";
import { pathBytes } from "../../base/path-text.ts";

/** A name as a column of type ANY holds it: TEXT, or the bytes of one that is not UTF-8. */
export type NameColumn = string | Uint8Array;

export function toName(name: string): NameColumn {
  return pathBytes(name);
}

export function fromName(column: NameColumn): string {
  return typeof column === "string" ? column : toText(column);
}
