import { isObject, Secret, type Value, type ValueObject } from "../../base/value.ts";
import { ScriptError, SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { isLeaf, pathText, type Step } from "../../secrets/leaf-text.ts";
import type { KeyringSource } from "./unlocking.ts";

/** How texts of a file of values become secrets: undefined where one is none. */
type Recognize = (text: string, path: readonly Step[]) => Secret | undefined;

/** Values of a file, with those that are encrypted as secrets, which are opened when they are first needed. */
export function sealedValues(values: ValueObject, file: string, keys: KeyringSource): ValueObject {
  const recognize: Recognize = (text, path) => {
    if (!isLeaf(text)) return undefined;
    return new Secret(() => opened(text, path, file, keys), `${file}: ${pathText(path)}`);
  };
  return withSecrets(values, recognize);
}

/** The same for a look that opens nothing. */
export function emptiedValues(values: ValueObject, file: string): ValueObject {
  return withSecrets(values, (text, path) =>
    isLeaf(text) ? new Secret(new Uint8Array(), `${file}: ${pathText(path)}`) : undefined,
  );
}

async function opened(text: string, path: readonly Step[], file: string, keys: KeyringSource): Promise<Uint8Array> {
  const { openLeaf } = await import("../../secrets/leaf.ts");
  try {
    return await openLeaf(path, text, await keys.keys());
  } catch (cause) {
    if (!(cause instanceof SlothError) || cause.code === "E_IDENTITY_FILE") throw cause;
    throw new ScriptError(cause.code, `${printable(file)}: ${cause.message}`, { hint: cause.hint, cause });
  }
}

function withSecrets(values: ValueObject, recognize: Recognize): ValueObject {
  const changed = (value: Value, path: readonly Step[]): Value => {
    if (typeof value === "string") return recognize(value, path) ?? value;
    if (Array.isArray(value)) return value.map((item: Value, at) => changed(item, [...path, at]));
    return isObject(value) ? below(value, path) : value;
  };
  const below = (table: ValueObject, path: readonly Step[]): ValueObject =>
    Object.fromEntries(Object.entries(table).map(([key, item]) => [key, changed(item, [...path, key])]));
  return below(values, []);
}

/** Opens those that a workflow may look at. */
export async function openSecrets(values: Value, reach: (path: readonly Step[]) => boolean): Promise<void> {
  const used = secretsIn(values, []).filter(({ path }) => reach(path));
  await Secret.open(used.map(({ secret }) => secret));
}

function secretsIn(
  value: Value,
  path: readonly Step[],
): readonly { readonly path: readonly Step[]; readonly secret: Secret }[] {
  if (value instanceof Secret) return [{ path, secret: value }];
  if (Array.isArray(value)) return value.flatMap((item: Value, at) => secretsIn(item, [...path, at]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => secretsIn(item, [...path, key]));
}
