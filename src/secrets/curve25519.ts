import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from "node:crypto";

/** What stands before the 32 bytes of an X25519 key in PKCS #8 and in SPKI. */
const PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC = Buffer.from("302a300506032b656e032100", "hex");
const BASE = new Uint8Array(32).fill(9, 0, 1);

/** X25519 of RFC 7748. A share of low order, which gives nothing but zeros, is refused. */
export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE, scalar]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC, point]), format: "der", type: "spki" });
  const shared = new Uint8Array(diffieHellman({ privateKey, publicKey }));
  if (shared.every((byte) => byte === 0)) throw new Error("a share of low order");
  return shared;
}

export function x25519Base(scalar: Uint8Array): Uint8Array {
  return x25519(scalar, BASE);
}

/** HKDF with SHA-256, of 32 bytes. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, info, 32));
}
