import { createHash, privateDecrypt } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Identity, Stanza } from "age-encryption";
import { x25519 } from "./curve25519.ts";
import type { SshPrivateKey } from "./ssh-private-key.ts";
import { sshTag, type SshPublicKey } from "./ssh-public-key.ts";
import { OAEP, tweaked, wrappingKey } from "./ssh-recipient.ts";

/**
 * Unwraps file keys with an SSH key. What is for another key is left to others; what is for this one and is not as it should be throws. `key`
 * is asked for its private part only when something is for it.
 */
export function sshIdentity(key: SshPublicKey, open: () => Promise<SshPrivateKey>): Identity {
  const tag = sshTag(key);
  return {
    async unwrapFileKey(stanzas) {
      for (const stanza of stanzas) {
        if (stanza.args[0] !== key.type) continue;
        if (stanza.args.length !== LENGTHS[key.type]) throw invalid(key);
        if (stanza.args[1] === tag) return unwrap(key, await open(), stanza);
      }
      return null;
    },
  };
}

/** Type, tag, and the share of Curve25519. */
const LENGTHS = { "ssh-ed25519": 3, "ssh-rsa": 2 } as const;
const WRAPPED = 32;

function unwrap(key: SshPublicKey, secret: SshPrivateKey, stanza: Stanza): Uint8Array {
  const fileKey =
    secret.type === "ssh-rsa"
      ? new Uint8Array(privateDecrypt({ key: secret.key, ...OAEP }, stanza.body))
      : unwrapEd25519(key, secret.seed, stanza);
  if (fileKey.length === 16) return fileKey;
  throw invalid(key);
}

function unwrapEd25519(key: SshPublicKey, seed: Uint8Array, { args, body }: Stanza): Uint8Array {
  const share = decoded(key, args[2] ?? "");
  if (share.length !== 32 || body.length !== WRAPPED || key.type !== "ssh-ed25519") throw invalid(key);
  const scalar = createHash("sha512").update(seed).digest().subarray(0, 32);
  const shared = tweaked(key, x25519(scalar, share));
  const ours = ed25519.utils.toMontgomery(key.point);
  return chacha20poly1305(wrappingKey(shared, share, ours), new Uint8Array(12)).decrypt(body);
}

/** Base64 without padding, in its one form. */
function decoded(key: SshPublicKey, text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") !== text) throw invalid(key);
  return new Uint8Array(bytes);
}

function invalid({ type }: SshPublicKey): Error {
  return new Error(`an invalid ${type} stanza`);
}
