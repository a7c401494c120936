import { constants, createPublicKey, publicEncrypt, type KeyObject } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { Stanza, type Recipient } from "age-encryption";
import { hkdf, x25519, x25519Base } from "./curve25519.ts";
import { sshTag, unpadded, type SshPublicKey } from "./ssh-public-key.ts";

/** Labels of age's two kinds of SSH recipients. */
const ED25519 = "age-encryption.org/v1/ssh-ed25519";
const RSA = "age-encryption.org/v1/ssh-rsa";

/** Wraps file keys for an SSH key, as age does: https://c2sp.org/age, "The ssh-ed25519 and ssh-rsa recipient types". */
export function sshRecipient(key: SshPublicKey): Recipient {
  const wrap = key.type === "ssh-ed25519" ? forEd25519(key, key.point) : forRsa(key, rsaKey(key));
  return { wrapFileKey: (fileKey) => [wrap(fileKey)] };
}

type Wrap = (fileKey: Uint8Array) => Stanza;

function forEd25519(key: SshPublicKey, point: Uint8Array): Wrap {
  const theirs = ed25519.utils.toMontgomery(point);
  return (fileKey) => {
    const scalar = crypto.getRandomValues(new Uint8Array(32));
    const share = x25519Base(scalar);
    const shared = tweaked(key, x25519(scalar, theirs));
    const body = chacha20poly1305(wrappingKey(shared, share, theirs), new Uint8Array(12)).encrypt(fileKey);
    return new Stanza(["ssh-ed25519", sshTag(key), unpadded(share)], body);
  };
}

/** Binds a shared secret to the SSH key itself, beside the point that it was turned into. */
export function tweaked({ wire }: SshPublicKey, shared: Uint8Array): Uint8Array {
  return x25519(hkdf(new Uint8Array(), wire, ED25519), shared);
}

export function wrappingKey(shared: Uint8Array, share: Uint8Array, theirs: Uint8Array): Uint8Array {
  return hkdf(shared, Buffer.concat([share, theirs]), ED25519);
}

function forRsa(key: SshPublicKey, publicKey: KeyObject): Wrap {
  return (fileKey) => {
    const body = publicEncrypt({ key: publicKey, ...OAEP }, fileKey);
    return new Stanza(["ssh-rsa", sshTag(key)], new Uint8Array(body));
  };
}

export const OAEP = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: "sha256",
  oaepLabel: Buffer.from(RSA),
} as const;

function rsaKey({ exponent, modulus }: Extract<SshPublicKey, { type: "ssh-rsa" }>): KeyObject {
  const [e, n] = [Buffer.from(exponent).toString("base64url"), Buffer.from(modulus).toString("base64url")];
  return createPublicKey({ key: { kty: "RSA", e, n }, format: "jwk" });
}
