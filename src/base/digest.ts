import { isObject, type Value } from "./value.ts";

/** `sha256:<hex>` of contents, or `keyed:<hex>`: HMAC-SHA-256 under the key beside the database, of contents that are secret. */
export type Digest = `sha256:${string}` | `keyed:${string}`;

/** Makes digests piece by piece. */
export interface Digester {
  update(chunk: Uint8Array): void;
  finish(): Digest;
}

/** `key` makes it keyed. */
export function digester(key?: Uint8Array): Digester {
  const hash = new Bun.CryptoHasher("sha256", key);
  const kind = key === undefined ? "sha256" : "keyed";
  return {
    update: (chunk) => void hash.update(chunk),
    finish: () => `${kind}:${hash.digest("hex")}`,
  };
}

export function digestOf(contents: Uint8Array | string, key?: Uint8Array): Digest {
  if (key === undefined) return `sha256:${Bun.SHA256.hash(contents, "hex")}`;
  return `keyed:${new Bun.CryptoHasher("sha256", key).update(contents).digest("hex")}`;
}

export function isDigest(text: string): text is Digest {
  return /^(sha256|keyed):[0-9a-f]{64}$/.test(text);
}

/**
 * The key that a host is given: it tells nothing of the database's, nor of other hosts'. HKDF of RFC 5869 with SHA-256, no salt, one block.
 */
export function hostKey(key: Uint8Array, host: string): Uint8Array {
  const extracted = hmac(new Uint8Array(32), key);
  return hmac(extracted, Buffer.from(`sloth-runner host ${host}\x01`));
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256", key).update(message).digest());
}

export function isKeyed(digest: string): boolean {
  return digest.startsWith("keyed:");
}

/** A value of which only a keyed digest is recorded stands somewhere in this one. */
export function holdsKeyed(value: Value): boolean {
  if (typeof value === "string") return isKeyed(value);
  if (Array.isArray(value)) return value.some((item: Value) => holdsKeyed(item));
  return isObject(value) && Object.values(value).some(holdsKeyed);
}
