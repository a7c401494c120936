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

export function isKeyed(digest: string): boolean {
  return digest.startsWith("keyed:");
}
