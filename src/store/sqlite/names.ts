import { toText } from "../../base/byte-text.ts";
import { DatabaseError } from "../../base/errors.ts";
import { pathBytes } from "../../base/path-text.ts";

/** A name as a column of type ANY holds it: TEXT, or the bytes of one that is not UTF-8. */
export type NameColumn = string | Uint8Array;

export function toName(name: string): NameColumn {
  return pathBytes(name);
}

/** Such a column takes any type: what is neither was not written by us. */
export function fromName(column: NameColumn): string {
  if (typeof column === "string") return column;
  if (column instanceof Uint8Array) return toText(column);
  throw new DatabaseError("E_DB_DAMAGED", `the database is damaged: ${String(column)} stands where a name should be`, {
    hint: "sloth-runner stack doctor tells what else is",
  });
}
