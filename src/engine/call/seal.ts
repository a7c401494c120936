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
  return Secret.standsIn(value) ? withoutSecrets(value, contents) : value;
}

function withoutSecrets(value: Value, contents: HeldContents): Value {
  if (typeof value === "string") return Secret.isIn(value) ? contents.keyedDigest(value) : value;
  if (value instanceof Uint8Array)
    return Secret.isIn(value) ? contents.keyedDigest(Buffer.from(value).toString("base64")) : value;
  if (Array.isArray(value)) return value.map((item: Value) => withoutSecrets(item, contents));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [sealName(key, contents), withoutSecrets(item, contents)]);
  return Object.fromEntries(entries);
}

/** A name by which a thing is found again, without the secret that stands in it; another one for another secret. */
export function sealName(name: string, contents: HeldContents): string {
  return Secret.isIn(name) ? named(Secret.masked(name), name, contents) : name;
}

/** What a type calls a resource, without a secret that stands in what it was given, nor anything made of one. */
export function sealIdentity<P>(identity: (props: P) => string, props: P, contents: HeldContents): string {
  const name = identity(props);
  if (!isData(props) || !Secret.standsIn(props)) return name;
  const hidden = identity(masked(props) as typeof props);
  return hidden === name ? name : named(hidden, name, contents);
}

/** A name that stands for one with a secret in it, so that what it names is not found by it. */
export function isSealedName(name: string): boolean {
  return /\(secret\).* #[0-9a-f]{16}$/s.test(name);
}

function named(shown: string, name: string, contents: HeldContents): string {
  return `${shown} #${contents.keyedDigest(name).slice("keyed:".length, 22)}`;
}

/** Props are what a schema made of plain data, which is plain data. */
function isData(props: unknown): props is Value & object {
  return typeof props === "object" && props !== null;
}

function masked(value: Value): Value {
  if (typeof value === "string") return Secret.masked(value);
  if (value instanceof Uint8Array) return Secret.isIn(value) ? "(secret)" : value;
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item)]));
}

/** Changes without their values, for messages and results. */
export function hideChanges(changes: readonly Change[]): readonly Change[] {
  return changes.map(({ property, from, to }) => ({ property, from: hidden(from), to: hidden(to) }));
}

function hidden(value: Value): Value {
  return value === null || typeof value === "boolean" ? value : HIDDEN;
}
