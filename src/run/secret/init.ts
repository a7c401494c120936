import { resolve } from "node:path";
import { joined, parentOf } from "../../base/path.ts";
import { SlothError } from "../../base/errors.ts";
import { utf8Text } from "../../base/byte-text.ts";
import { newIdentity, publicKeyOf } from "../../secrets/own-key.ts";
import { readerOf } from "../../secrets/reader.ts";
import { READERS_FILE } from "../../secrets/readers-file.ts";
import type { System } from "../../system/system.ts";
import { ownIdentityFile } from "./at-hand.ts";
import { put } from "./workplace.ts";

export interface InitRequest {
  readonly directory: string;
  readonly name: string;
  /** A public key, or the file of one; undefined: one's own. */
  readonly key: string | undefined;
}

export interface Initialized {
  readonly file: string;
  readonly name: string;
  readonly key: string;
  /** The identity that opens it, where it is known; `isNew`: it was made just now. */
  readonly identity: string | undefined;
  readonly isNew: boolean;
}

/** Names the first reader of a directory, and makes an identity for who has none. */
export async function initSecrets({ directory, name, key }: InitRequest, system: System): Promise<Initialized> {
  const file = joined(resolve(directory), READERS_FILE);
  if (system.lstat(file) !== null)
    throw new SlothError("E_RECIPIENT", `${file} is there already`, {
      hint: "add a reader with: sloth-runner secret rekey --add 'NAME KEY'",
    });
  const own =
    key === undefined ? await ownKey(system) : { key: publicKeyFrom(key, system), identity: undefined, isNew: false };
  const reader = readerOf(name, own.key);
  await put(file, `# who may read the secrets here and below: NAME KEY\n${name} ${reader.key}\n`, system, 0o644);
  return { ...own, file, name, key: reader.key };
}

/** A key as it is typed, or the file that holds it. */
export function publicKeyFrom(typed: string, system: System): string {
  if (/^(age1|ssh-)/.test(typed.trim())) return typed.trim();
  const text = utf8Text(system.readFile(resolve(typed)));
  return text.split("\n").find((line) => /^(age1|ssh-)/.test(line.trim())) ?? typed;
}

async function ownKey(system: System): Promise<Pick<Initialized, "key" | "identity" | "isNew">> {
  const identity = ownIdentityFile(process.env);
  if (identity === undefined)
    throw new SlothError("E_IDENTITY", "there is no HOME to keep an identity in", { hint: "name a key with --key" });
  if (system.stat(identity) !== null)
    return { key: await publicKeyOf(utf8Text(system.readFile(identity)), identity), identity, isNew: false };
  const home = parentOf(parentOf(identity));
  for (const name of ["id_ed25519", "id_rsa"]) {
    const [file, publicFile] = [`${home}/.ssh/${name}`, `${home}/.ssh/${name}.pub`];
    if (system.stat(file) !== null && system.stat(publicFile) !== null)
      return { key: utf8Text(system.readFile(publicFile)), identity: file, isNew: false };
  }
  const made = await newIdentity();
  if (system.stat(parentOf(identity)) === null) system.mkdir(parentOf(identity), { mode: 0o700 });
  await put(identity, made.text, system, 0o600);
  return { key: made.key, identity, isNew: true };
}
