import { SlothError } from "../base/errors.ts";
import { SshReader, unsigned } from "./ssh-wire.ts";

/** A public key of one of the two kinds that age encrypts to. */
export type SshPublicKey = {
  /** As SSH writes it; the key's fingerprint and what is bound to it are made of this. */
  readonly wire: Uint8Array;
} & (
  | { readonly type: "ssh-ed25519"; readonly point: Uint8Array }
  | { readonly type: "ssh-rsa"; readonly exponent: Uint8Array; readonly modulus: Uint8Array }
);

/** `ssh-ed25519 AAAA… comment`, as it stands in a `.pub` file and in authorized_keys. */
export function parseSshPublicKey(line: string): SshPublicKey {
  const [type = "", encoded = ""] = line.trim().split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw new SlothError("E_SSH_KEY", "is not the public key of an SSH key");
  const key = readSshPublicKey(Buffer.from(encoded, "base64"));
  if (key.type !== type) throw new SlothError("E_SSH_KEY", `says ${type} and holds a key of ${key.type}`);
  return key;
}

export function readSshPublicKey(wire: Uint8Array): SshPublicKey {
  const reader = new SshReader(wire);
  const type = reader.text();
  if (type === "ssh-ed25519") return whole(reader, { type, wire, point: ofLength(32, reader.string()) });
  if (type === "ssh-rsa") {
    const [exponent, modulus] = [unsigned(reader.string()), unsigned(reader.string())];
    if (modulus.length < 256) throw new SlothError("E_SSH_KEY", "is an RSA key of less than 2048 bits");
    return whole(reader, { type, wire, exponent, modulus });
  }
  throw new SlothError("E_SSH_KEY", `is a key of the kind ${type}, which age does not encrypt to`, {
    hint: "use one of ssh-ed25519 or ssh-rsa, or make an own one with sloth-runner secret init",
  });
}

function whole(reader: SshReader, key: SshPublicKey): SshPublicKey {
  if (reader.rest().length === 0) return key;
  throw new SlothError("E_SSH_KEY", "has more behind its key");
}

function ofLength(length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new SlothError("E_SSH_KEY", `has ${bytes.length} bytes where ${length} belong`);
}

/** The name of the key in an age header: four bytes of its digest. */
export function sshTag({ wire }: SshPublicKey): string {
  return unpadded(new Uint8Array(new Bun.CryptoHasher("sha256").update(wire).digest()).subarray(0, 4));
}

export function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
