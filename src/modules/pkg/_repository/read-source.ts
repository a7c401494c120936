import { digestOf } from "../../../base/digest.ts";
import { SlothError } from "../../../base/errors.ts";
import { sameValue, type Value, type ValueObject } from "../../../base/value.ts";
import type { Facts } from "../../../engine/resource.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { keptFile, textAt, type KeptFile } from "./files.ts";
import type { Form, Given } from "./form.ts";
import { formOn } from "./forms.ts";
import type { KeyWant } from "./key.ts";
import { oneLineFiles } from "./one-line.ts";
import { parseKeyring } from "./openpgp.ts";

export type SourceWant = {
  readonly name: string;
  /** null: absent. */
  readonly given: Given | null;
  readonly key?: KeyWant;
  readonly migrate?: true;
  /** Files to be put back as they were. */
  readonly back?: { readonly [path: string]: KeptFile };
};
export type SourceFacts = Facts & {
  /** Fingerprints of the keys it is signed with. */
  readonly key?: readonly string[] | undefined;
  /** Of the key without its armour, where that was given. */
  readonly key_digest?: string | undefined;
  /** Files of the old format that have it too. */
  readonly one_line?: readonly string[] | undefined;
  /** All files that are changed for it, as they are: only undo asks for them. */
  readonly files?: { readonly [path: string]: KeptFile } | undefined;
};

export async function readSource(want: SourceWant, target: ReadSystem): Promise<SourceFacts | null> {
  const form = await formOn(target);
  const { name, given, back } = want;
  if (back !== undefined) return { files: keptFiles(Object.keys(back), target) };
  const path = form.path(name);
  const source = form.read(textAt(path, target), name);
  const keys = ownKeys(form, name, target);
  const old = form.manager === "apt" ? (await oneLineFiles(given ?? {}, target)).map((file) => file.path) : [];
  if (source === null && old.length === 0 && keys.length === 0) return null;
  const files = keptFiles([path, ...keyPaths(form, name), ...old], target);
  const oneLine = old.length > 0 || want.migrate === true ? { one_line: old } : {};
  return { ...asWanted(source?.facts ?? {}, given ?? {}), ...keyFacts(source?.key, target), ...oneLine, files };
}

/** Lists are sets, and of further settings only those that are wanted count. */
function asWanted(facts: Given, given: Given): SourceFacts {
  const own = Object.entries(facts).map(([field, value]): readonly [string, Value] => {
    const wanted = given[field];
    if (field === "options") return [field, optionsOf(value, wanted)];
    return [field, wanted !== undefined && sameValue(sorted(value), sorted(wanted)) ? wanted : value];
  });
  return Object.fromEntries(own.filter(([field]) => field !== "options" || given["options"] !== undefined));
}

function optionsOf(actual: Value, wanted: Value | undefined): Value {
  const byName = new Map(
    Object.entries(Object(actual) as ValueObject).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const names = Object.keys(Object(wanted ?? {}) as ValueObject);
  return Object.fromEntries(names.map((name) => [name, byName.get(name.toLowerCase()) ?? null]));
}

function sorted(value: Value): Value {
  return Array.isArray(value) ? [...new Set(value.map(String))].toSorted() : value;
}

/** Of a key that is named by its path, or that stands in the source itself. */
function keyFacts(key: string | undefined, target: ReadSystem): Pick<SourceFacts, "key" | "key_digest"> {
  if (key === undefined) return {};
  const isInline = key.includes("BEGIN PGP PUBLIC KEY BLOCK");
  const bytes = isInline ? Buffer.from(key.replace(/^\.$/gm, "")) : bytesAt(key, target);
  if (bytes === null) return { key: [] };
  try {
    const { fingerprints, packets } = parseKeyring(bytes);
    return { key: fingerprints, key_digest: digestOf(packets) };
  } catch (thrown) {
    if (thrown instanceof SlothError) return { key: [] }; // what is there is no key, so the right one takes its place
    throw thrown;
  }
}

function bytesAt(path: string, target: ReadSystem): Uint8Array | null {
  return path.startsWith("/") && target.stat(path)?.type === "file" ? target.readFile(path) : null;
}

/** Keys by the name of the source that no other source uses. */
export function ownKeys(form: Form, name: string, target: ReadSystem): readonly string[] {
  const paths = keyPaths(form, name).filter((path) => target.stat(path)?.type === "file");
  if (paths.length === 0) return [];
  const own = form.path(name);
  const texts = form.all(target).map((path) => {
    const text = textAt(path, target);
    return path === own ? form.remove(text, name) : text;
  });
  return paths.filter((path) => !texts.some((text) => text.includes(path)));
}

function keyPaths(form: Form, name: string): readonly string[] {
  return [...new Set([true, false].flatMap((isArmoured) => form.keyPath?.(name, isArmoured) ?? []))];
}

function keptFiles(paths: readonly string[], target: ReadSystem): { readonly [path: string]: KeptFile } {
  return Object.fromEntries(paths.map((path) => [path, keptFile(path, target)]));
}
