import { isDigest, isKeyed } from "../../base/digest.ts";
import type { Declaration, ResourceRow } from "../record/record.ts";
import { isObject, type Value } from "../../base/value.ts";

/**
 * Whether a row was declared by a sensitive call. Of such a one the record holds the name it is found by and digests, no other text; then
 * what is found of it is neither shown nor kept.
 */
export function isSealed(row: ResourceRow): boolean {
  return row.declarations.some((declaration) => isSealedIn(declaration, row.name));
}

/** Whether a sensitive declaration leaves nothing by which it could be looked at: a line, whose path is sealed with the rest. */
export function isHidden(declaration: Declaration, name: string): boolean {
  const { want } = declaration;
  return isSealedIn(declaration, name) && !(isObject(want) && Object.values(want).includes(name));
}

function isSealedIn({ want, stated }: Declaration, name: string): boolean {
  const texts = [...textsOf(want), ...textsOf(stated)].filter((text) => text !== name);
  return texts.some(isKeyed) && texts.every(isDigest);
}

function textsOf(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item: Value) => textsOf(item));
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

export const SENSITIVE = "it is sensitive, so what it was is not in the record";
export const SECRET_NAME = "there is a secret in its name, so where it is is not in the record";
