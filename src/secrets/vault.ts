import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { SlothError } from "../base/errors.ts";

/** The vault id of form 1.2, by which Ansible finds the password. */
export function vaultLabel(text: string): string | undefined {
  return /^\s*\$ANSIBLE_VAULT;1\.2;AES256;(\S+)/.exec(text)?.[1];
}

/** Reads forms 1.1 and 1.2. Throws E_PASSPHRASE where the password is another, or any of it was changed: the form does not tell which. */
export function openVault(text: string, password: string): Uint8Array {
  const { salt, mac, sealed } = parsed(text);
  const keys = pbkdf2Sync(password, salt, 10_000, 80, "sha256");
  const made = createHmac("sha256", keys.subarray(32, 64)).update(sealed).digest();
  if (mac.length !== made.length || !timingSafeEqual(made, mac))
    throw new SlothError("E_PASSPHRASE", "the password of the vault is not the right one, or it was changed");
  const decipher = createDecipheriv("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64));
  const padded = Buffer.concat([decipher.update(sealed), decipher.final()]);
  return new Uint8Array(padded.subarray(0, padded.length - (padded.at(-1) ?? 0)));
}

function parsed(text: string): { readonly salt: Buffer; readonly mac: Buffer; readonly sealed: Buffer } {
  const [header = "", ...lines] = text.trim().split(/\s*\n\s*/);
  if (!/^\$ANSIBLE_VAULT;1\.(1;AES256|2;AES256;\S+)$/.test(header))
    throw new SlothError("E_SECRET_DAMAGED", "is of a form of ansible-vault that is not read here", {
      hint: "1.1 and 1.2 are: ansible-vault rekey writes it anew",
    });
  const [salt, mac, sealed, ...more] = fromHex(lines.join("")).toString("latin1").split("\n").map(fromHex);
  if (salt !== undefined && mac !== undefined && sealed !== undefined && sealed.length > 0 && more.length === 0)
    return { salt, mac, sealed };
  throw damaged();
}

function fromHex(text: string): Buffer {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw damaged();
  return Buffer.from(text, "hex");
}

function damaged(): SlothError {
  return new SlothError("E_SECRET_DAMAGED", "is damaged: it was cut or changed", {
    hint: "take it from an earlier commit",
  });
}
