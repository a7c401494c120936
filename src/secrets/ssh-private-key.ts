import { createDecipheriv, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { SlothError } from "../base/errors.ts";
import { readSshPublicKey, type SshPublicKey } from "./ssh-public-key.ts";
import { signed, SshReader, sshStrings, unsigned } from "./ssh-wire.ts";

export type SshPrivateKey =
  | { readonly type: "ssh-ed25519"; readonly seed: Uint8Array }
  | { readonly type: "ssh-rsa"; readonly key: KeyObject };

/** A file such as ~/.ssh/id_ed25519. Its public part is there without a passphrase. */
export interface SshKeyFile {
  readonly publicKey: SshPublicKey;
  readonly isEncrypted: boolean;
  /** Throws E_PASSPHRASE with a wrong one. */
  open(passphrase?: string): Promise<SshPrivateKey>;
}

export function isSshKeyFile(text: string): boolean {
  return /^-----BEGIN (OPENSSH|RSA) PRIVATE KEY-----/.test(text.trimStart());
}

/** In OpenSSH's own form, or in PEM as older versions wrote RSA keys. */
export function parseSshKeyFile(text: string): SshKeyFile {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(
    text.trimStart(),
  );
  if (body === null) return fromPem(text);
  const reader = new SshReader(Buffer.from(body[1] ?? "", "base64"));
  for (const byte of MAGIC) if (reader.byte() !== byte) throw new SlothError("E_SSH_KEY", "is not an OpenSSH key");
  const [cipher, kdf, options] = [reader.text(), reader.text(), reader.string()];
  if (reader.number() !== 1) throw new SlothError("E_SSH_KEY", "holds several keys");
  const publicKey = readSshPublicKey(reader.string());
  const sealed = reader.string();
  const isEncrypted = cipher !== "none";
  return {
    publicKey,
    isEncrypted,
    open: async (passphrase) =>
      privateKeyIn(isEncrypted ? await decrypted({ cipher, kdf, options, sealed }, passphrase) : sealed),
  };
}

const MAGIC = Buffer.from("openssh-key-v1\0");

interface Sealed {
  readonly cipher: string;
  readonly kdf: string;
  readonly options: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Length of key, and of what the cipher begins with. */
const CIPHERS: Readonly<Record<string, readonly [name: "aes-256-ctr" | "aes-256-cbc" | "aes-128-ctr", key: number]>> = {
  "aes256-ctr": ["aes-256-ctr", 32],
  "aes256-cbc": ["aes-256-cbc", 32],
  "aes128-ctr": ["aes-128-ctr", 16],
};

async function decrypted({ cipher, kdf, options, sealed }: Sealed, passphrase = ""): Promise<Uint8Array> {
  const known = CIPHERS[cipher];
  if (known === undefined || kdf !== "bcrypt")
    throw new SlothError("E_SSH_KEY", `is encrypted with ${cipher}, which is not read here`, {
      hint: "give it another passphrase with ssh-keygen -p, which writes aes256-ctr",
    });
  const [name, keyLength] = known;
  const reader = new SshReader(options);
  const [salt, rounds] = [reader.string(), reader.number()];
  const { pbkdf } = await import("bcrypt-pbkdf");
  const typed = Buffer.from(passphrase);
  const made = new Uint8Array(keyLength + 16);
  if (typed.length === 0 || pbkdf(typed, typed.length, salt, salt.length, made, made.length, rounds) !== 0)
    throw wrongPassphrase();
  const decipher = createDecipheriv(name, made.subarray(0, keyLength), made.subarray(keyLength));
  decipher.setAutoPadding(false);
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}

function wrongPassphrase(): SlothError {
  return new SlothError("E_PASSPHRASE", "the passphrase is not the right one");
}

function privateKeyIn(bytes: Uint8Array): SshPrivateKey {
  const reader = new SshReader(bytes);
  // The same number twice: with a wrong passphrase it is not.
  if (reader.number() !== reader.number()) throw wrongPassphrase();
  const type = reader.text();
  if (type === "ssh-ed25519") {
    reader.string();
    return { type, seed: new Uint8Array(reader.string().subarray(0, 32)) };
  }
  if (type === "ssh-rsa") return { type, key: rsaKey(reader) };
  throw new SlothError("E_SSH_KEY", `holds a key of the kind ${type}`);
}

function rsaKey(reader: SshReader): KeyObject {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => unsigned(reader.string()));
  const less = (prime: Buffer | undefined): Buffer => remainder(d, prime);
  const parts = { n, e, d, p, q, dp: less(p), dq: less(q), qi };
  const jwk = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part?.toString("base64url")]));
  return createPrivateKey({ key: { kty: "RSA", ...jwk }, format: "jwk" });
}

/** d mod (prime - 1), which SSH leaves out. */
function remainder(d: Buffer | undefined, prime: Buffer | undefined): Buffer {
  const hex = (number(d) % (number(prime) - 1n)).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

function number(bytes: Buffer | undefined): bigint {
  return BigInt(`0x${bytes?.toString("hex") ?? "0"}`);
}

/** Without the passphrase nothing is known of such a file, its public part neither. */
function fromPem(text: string): SshKeyFile {
  if (text.includes("ENCRYPTED"))
    throw new SlothError("E_SSH_KEY", "is encrypted in an old form", {
      hint: "ssh-keygen -p -f FILE writes it in OpenSSH's own",
    });
  const key = pemKey(text);
  const { n = "", e = "" } = createPublicKey(key).export({ format: "jwk" });
  const [modulus, exponent] = [Buffer.from(n, "base64url"), Buffer.from(e, "base64url")];
  const publicKey = readSshPublicKey(sshStrings("ssh-rsa", signed(exponent), signed(modulus)));
  return { publicKey, isEncrypted: false, open: () => Promise.resolve({ type: "ssh-rsa", key }) };
}

function pemKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new SlothError("E_SSH_KEY", "is not a private key that can be read", { cause });
  }
}
