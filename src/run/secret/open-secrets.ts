import { isObject, Secret, type Value } from "../../base/value.ts";
import type { Step } from "../../secrets/leaf-text.ts";

/** Opens those secrets among values that a workflow may look at. */
export async function openSecrets(values: Value, reach: (path: readonly Step[]) => boolean): Promise<void> {
  const used = secretsIn(values, []).filter(({ path }) => reach(path));
  await Secret.open(used.map(({ secret }) => secret));
}

interface Placed {
  readonly path: readonly Step[];
  readonly secret: Secret;
}

function secretsIn(value: Value, path: readonly Step[]): readonly Placed[] {
  if (value instanceof Secret) return [{ path, secret: value }];
  if (Array.isArray(value)) return value.flatMap((item: Value, at) => secretsIn(item, [...path, at]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => secretsIn(item, [...path, key]));
}
