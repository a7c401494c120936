import { Float, isObject, Secret, type Value, type ValueObject } from "../../base/value.ts";
import { ScriptError, SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { isLeaf, pathText, type Step } from "../../secrets/leaf-text.ts";
import { isAgeFile, isVault } from "../../secrets/recognize.ts";
import { parseValuesFile } from "../values-file.ts";
import type { Opener } from "./unlocking.ts";

/** How a file of values is read. */
export interface Reading {
  readonly opener: Opener;
  /** Only a look, which needs no secret: they are empty. What is encrypted as a whole is opened all the same, since its names are. */
  readonly isLook: boolean;
}

/** What a file of values says, with what is encrypted in it as secrets: those of ours and of ansible-vault are opened when they are first needed. */
export async function readSealedValues(
  file: string,
  bytes: Uint8Array,
  { opener, isLook }: Reading,
): Promise<ValueObject> {
  const whole = await openedWhole(file, bytes, opener);
  const values = await parseValuesFile(file.replace(/\.(age|vault)$/, ""), whole ?? bytes);
  if (whole !== undefined) return withSecrets(values, (value, path) => secretOf(value, path, file));
  if (isObject(values["sops"]) && "mac" in values["sops"])
    return await fromSops(file, values, bytes, { opener, isLook });
  return withSecrets(values, (text, path) => {
    if (typeof text !== "string" || (!isLeaf(text) && !isVault(text))) return undefined;
    const open = () => about(file, path, () => (isLeaf(text) ? opener.leaf(path, text) : opener.vault(text)));
    return new Secret(isLook ? new Uint8Array() : open, `${file}: ${pathText(path)}`);
  });
}

async function openedWhole(file: string, bytes: Uint8Array, opener: Opener): Promise<Uint8Array | undefined> {
  if (isAgeFile(bytes)) return await about(file, [], () => opener.open(bytes));
  if (!isVault(bytes)) return undefined;
  return await about(file, [], () => opener.vault(Buffer.from(bytes).toString("utf8")));
}

/** Numbers too: which of them are secret nobody knows. */
function secretOf(value: Value, path: readonly Step[], file: string): Secret | undefined {
  const plain = value instanceof Float ? value.value : value;
  if (typeof plain !== "string" && typeof plain !== "number" && typeof plain !== "bigint") return undefined;
  return new Secret(Buffer.from(String(plain)), `${file}: ${pathText(path)}`);
}

async function fromSops(
  file: string,
  values: ValueObject,
  bytes: Uint8Array,
  { opener, isLook }: Reading,
): Promise<ValueObject> {
  const { sops: _, ...own } = values;
  const opened = isLook ? undefined : await about(file, [], () => opener.sops(bytes));
  const found = new Map(opened?.map(({ path, value }) => [JSON.stringify(path), value]));
  return withSecrets(own, (text, path) => {
    if (typeof text !== "string" || !text.startsWith("ENC[AES256_GCM,")) return undefined;
    const value = found.get(JSON.stringify(path)) ?? (text.endsWith("type:bool]") ? false : new Uint8Array());
    return typeof value === "boolean" ? value : new Secret(value, `${file}: ${pathText(path)}`);
  });
}

/** Errors with the file, and the place in it where they do not begin with it. */
async function about<T>(file: string, path: readonly Step[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SlothError) || cause.code === "E_IDENTITY_FILE") throw cause;
    const place = pathText(path);
    const what = place === "" || cause.message.startsWith(place) ? cause.message : `${place}: ${cause.message}`;
    const joint = /^(is|was) /.test(what) ? " " : ": ";
    throw new ScriptError(cause.code, `${printable(file)}${joint}${what}`, { hint: cause.hint, cause });
  }
}

/** What becomes another value, each by its place. */
type Change = (value: Value, path: readonly Step[]) => Secret | boolean | undefined;

function withSecrets(values: ValueObject, change: Change): ValueObject {
  const changed = (value: Value, path: readonly Step[]): Value => {
    if (Array.isArray(value)) return value.map((item: Value, at) => changed(item, [...path, at]));
    return isObject(value) ? below(value, path) : (change(value, path) ?? value);
  };
  const below = (table: ValueObject, path: readonly Step[]): ValueObject =>
    Object.fromEntries(Object.entries(table).map(([key, item]) => [key, changed(item, [...path, key])]));
  return below(values, []);
}
