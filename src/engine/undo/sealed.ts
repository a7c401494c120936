import type { ResourceRow } from "../record.ts";
import { holdsKeyed } from "./kept.ts";

/** Whether something of a row is sensitive: then what is found of it is neither shown nor kept. */
export function isSealed(row: ResourceRow): boolean {
  return row.declarations.some(({ want, stated }) => holdsKeyed(want) || (stated !== null && holdsKeyed(stated)));
}
