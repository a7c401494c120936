import { SlothError } from "../../base/errors.ts";
import { toText } from "../../base/byte-text.ts";
import type { PublicKey } from "./_key.ts";

/** What a private key in OpenSSH's form tells without its passphrase. */
export interface PrivateKey {
  readonly public: PublicKey;
  readonly bits: number;
  readonly encrypted: boolean;
}

export function parsePrivateKey(path: string, bytes: Uint8Array): PrivateKey {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(toText(bytes)) ?? [];
  const data = Buffer.from(body ?? "", "base64");
  if (body === undefined || data.subarray(0, MAGIC.length).toString("latin1") !== MAGIC)
    throw new SlothError("E_KEY", `${path} is no private key in OpenSSH's form`, {
      hint: `ssh-keygen -p -f ${path} writes it in that form`,
    });
  try {
    return parsed(data);
  } catch (cause) {
    throw new SlothError("E_KEY", `${path} is a private key that is cut off or damaged`, { cause });
  }
}

const MAGIC = "openssh-key-v1\0";

function parsed(data: Buffer): PrivateKey {
  const fields = fieldsFrom(data, MAGIC.length);
  const cipher = fields.next().toString("latin1");
  fields.next(); // how the passphrase is stretched
  fields.next(); // and with what
  fields.skip(4); // of which there is one
  const blob = fields.next();
  const inside = fieldsFrom(blob, 0);
  const type = inside.next().toString("latin1");
  return { public: { type, blob: blob.toString("base64") }, bits: bitsOf(type, inside), encrypted: cipher !== "none" };
}

interface Fields {
  next(): Buffer;
  skip(bytes: number): void;
}

/** Each with its length before it. */
function fieldsFrom(data: Buffer, from: number): Fields {
  let at = from;
  return {
    next() {
      const length = data.readUInt32BE(at);
      const field = data.subarray(at + 4, at + 4 + length);
      if (field.length !== length) throw new RangeError("cut off");
      at += 4 + length;
      return field;
    },
    skip: (bytes) => void (at += bytes),
  };
}

function bitsOf(type: string, inside: Fields): number {
  const curve = /nistp(\d+)/.exec(type)?.[1];
  if (curve !== undefined) return Number(curve);
  if (type !== "ssh-rsa") return 256;
  inside.next(); // the exponent
  const modulus = inside.next();
  const start = modulus.findIndex((byte) => byte !== 0);
  return (modulus.length - start) * 8 - (Math.clz32(modulus[start] ?? 0) - 24);
}
