import { Encrypter, type Recipient } from "age-encryption";
import { SlothError } from "../base/errors.ts";
import { parseSshPublicKey, sshTag } from "./ssh-public-key.ts";
import { sshRecipient } from "./ssh-recipient.ts";

/** Somebody, or a machine, that secrets are encrypted to. */
export interface Reader {
  readonly name: string;
  /** `age1…`, or `ssh-ed25519 AAAA…` without its comment. */
  readonly key: string;
  /** Short, of the key: what a secret says it is for. */
  readonly id: string;
  /** What age itself says of whom it is for; nothing of an X25519 key, which it keeps to itself. */
  readonly tag: string | undefined;
  readonly recipient: Recipient | string;
}

/** A public key as `age-keygen -y` and `.pub` files have it. Throws E_RECIPIENT. */
export function readerOf(name: string, written: string): Reader {
  const key = written
    .trim()
    .split(/\s+/)
    .slice(0, written.trim().startsWith("ssh-") ? 2 : 1)
    .join(" ");
  try {
    const id = Buffer.from(Bun.SHA256.hash(key, "hex"), "hex").subarray(0, 6).toString("base64url");
    return { name, key, id, ...wayTo(key) };
  } catch (cause) {
    const why = cause instanceof SlothError ? cause.message : "is not a key that can be encrypted to";
    const hint =
      (cause instanceof SlothError ? cause.hint : undefined) ?? "age1… or ssh-ed25519 AAAA… or ssh-rsa AAAA…";
    throw new SlothError("E_RECIPIENT", why, { hint, cause });
  }
}

function wayTo(key: string): Pick<Reader, "tag" | "recipient"> {
  if (key.startsWith("ssh-")) {
    const parsed = parseSshPublicKey(key);
    return { recipient: sshRecipient(parsed), tag: `${parsed.type} ${sshTag(parsed)}` };
  }
  if (!key.startsWith("age1")) throw new SlothError("E_RECIPIENT", "is not the public key of anybody");
  new Encrypter().addRecipient(key);
  return { recipient: key, tag: undefined };
}
