import { isDigest } from "../../base/digest.ts";
import type { HeldContents } from "../target/held-contents.ts";
import type { Change } from "../resource.ts";
import { encodeValue, isObject, Secret, type Value, type ValueObject } from "../../base/value.ts";

/** What stands in messages and results where a value may not be shown. */
const HIDDEN = "(sensitive)";

/**
 * A value of a sensitive call fit for the record: every text, number and run of bytes as its keyed digest, save digests themselves and
 * `open` (the address's name, without which nothing could be read again).
 */
export function seal(value: Value, contents: HeldContents, open: string): Value {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string" && (value === open || isDigest(value))) return value;
  if (Array.isArray(value)) return value.map((item: Value) => seal(item, contents, open));
  if (isObject(value)) return sealObject(value, contents, open);
  return contents.keyedDigest(typeof value === "string" ? value : encodeValue(value));
}

export function sealObject(object: ValueObject, contents: HeldContents, open: string): ValueObject {
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, seal(item, contents, open)]));
}

/** As it is, save for texts in which a secret of this run stands: what a call reads may hold what another one wrote. */
export function sealSecrets(value: Value, contents: HeldContents): Value {
  if (typeof value === "string") return Secret.isIn(value) ? contents.keyedDigest(value) : value;
  if (value instanceof Uint8Array)
    return Secret.isIn(value) ? contents.keyedDigest(Buffer.from(value).toString("base64")) : value;
  if (Array.isArray(value)) return value.map((item: Value) => sealSecrets(item, contents));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sealSecrets(item, contents)]));
}

/** Changes without their values, for messages and results. */
export function hideChanges(changes: readonly Change[]): readonly Change[] {
  return changes.map(({ property, from, to }) => ({ property, from: hidden(from), to: hidden(to) }));
}

function hidden(value: Value): Value {
  return value === null || typeof value === "boolean" ? value : HIDDEN;
}
