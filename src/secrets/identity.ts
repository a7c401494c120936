import { Decrypter, type Identity } from "age-encryption";
import { ScriptError, SlothError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { decryptWithPassphrase } from "./age.ts";
import { isAgeFile } from "./recognize.ts";
import { askPassphrase, type AskHidden } from "./passphrase.ts";
import { isSshKeyFile, parseSshKeyFile, type SshKeyFile } from "./ssh-private-key.ts";
import { sshIdentity } from "./ssh-identity.ts";

/** One or more private keys of one file, as age takes them. */
export interface KnownIdentity {
  /** The file, as it is named to people. */
  readonly name: string;
  /** Of the file as it is. */
  readonly digest: string;
  /** A passphrase may have to be asked for: what needs none is tried before. */
  readonly isLocked: boolean;
  keys(): Promise<readonly (Identity | string)[]>;
}

/** What an identity file holds: keys of age, an SSH key, or either behind a passphrase. Throws E_IDENTITY_FILE, naming the file. */
export function parseIdentity(name: string, bytes: Uint8Array, ask: AskHidden): KnownIdentity {
  try {
    return { name, digest: Bun.SHA256.hash(bytes, "hex"), ...keysOf(name, bytes, ask) };
  } catch (cause) {
    if (!(cause instanceof SlothError)) throw cause;
    throw new ScriptError("E_IDENTITY_FILE", `${printable(name)} ${cause.message}`, { hint: cause.hint, cause });
  }
}

type Keys = Pick<KnownIdentity, "isLocked" | "keys">;

function keysOf(name: string, bytes: Uint8Array, ask: AskHidden): Keys {
  const text = Buffer.from(bytes).toString("utf8");
  if (isSshKeyFile(text)) return fromSsh(name, parseSshKeyFile(text), ask);
  return isAgeFile(bytes) ? locked(name, bytes, ask) : unlocked(keysIn(text));
}

/** Lines of `AGE-SECRET-KEY-1…`, as age-keygen writes them. */
function keysIn(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const none = keys.length === 0 ? "holds no identity" : undefined;
  const why = keys.some((key) => !isKey(key)) ? "is not a file of identities" : none;
  if (why === undefined) return keys;
  throw new SlothError("E_IDENTITY_FILE", why, {
    hint: "a line AGE-SECRET-KEY-1…, or the private half of an SSH key",
  });
}

function isKey(text: string): boolean {
  try {
    new Decrypter().addIdentity(text);
    return true;
  } catch {
    return false;
  }
}

/** With a passphrase it is asked for when something is for this key, and not before. */
function fromSsh(name: string, file: SshKeyFile, ask: AskHidden): Keys {
  const open = once(() => (file.isEncrypted ? askPassphrase(name, ask, (typed) => file.open(typed)) : file.open()));
  return { ...unlocked([sshIdentity(file.publicKey, open)]), isLocked: file.isEncrypted };
}

/** A file of keys that `age -p` encrypted: nothing tells whether it fits before it is open. */
function locked(name: string, bytes: Uint8Array, ask: AskHidden): Keys {
  const keys = once(async () => {
    const clear = await askPassphrase(name, ask, (typed) => decryptWithPassphrase(typed, bytes));
    return keysIn(Buffer.from(clear).toString("utf8"));
  });
  return { isLocked: true, keys };
}

function unlocked(keys: readonly (Identity | string)[]): Keys {
  return { isLocked: false, keys: () => Promise.resolve(keys) };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
