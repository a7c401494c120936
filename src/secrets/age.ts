import { armor, Decrypter, Encrypter, Stanza, type Identity } from "age-encryption";
import { SlothError } from "../base/errors.ts";
import type { Reader } from "./reader.ts";
import { ARMOR } from "./recognize.ts";

/**
 * In the header of what we encrypt: for whom it is, by the ids of their keys. Who has one of them knows that nobody changed it, and without any it
 * can be told who may read it. age itself passes over a stanza that it does not know.
 */
const READERS = "sloth-runner/readers";

export async function encryptTo(readers: readonly Reader[], bytes: Uint8Array): Promise<Uint8Array> {
  if (readers.length === 0) throw new SlothError("E_RECIPIENT", "there is nobody to encrypt it to");
  const encrypter = new Encrypter();
  const ids = readers.map(({ id }) => id).sort();
  encrypter.addRecipient({ wrapFileKey: () => [new Stanza([READERS, ...ids], new Uint8Array())] });
  for (const { recipient } of readers) encrypter.addRecipient(recipient);
  return await encrypter.encrypt(bytes);
}

/** What the header says, without a key: nothing of it is certain before somebody opens it. Throws E_SECRET_DAMAGED. */
export interface Header {
  /** Ids of those it was made for; undefined: age itself made it. */
  readonly readers: readonly string[] | undefined;
  /** Kind of each way in, with the tag of SSH keys. */
  readonly ways: readonly string[];
}

export async function headerOf(file: Uint8Array): Promise<Header> {
  const stanzas: (readonly string[])[] = [];
  const looking: Identity = {
    unwrapFileKey(all) {
      stanzas.push(...all.map(({ args }) => args));
      return null;
    },
  };
  const decrypter = new Decrypter();
  decrypter.addIdentity(looking);
  // Nothing opens it: it fails in the end, with the header read or not.
  await decrypter.decrypt(unarmored(file)).catch(() => {});
  if (stanzas.length === 0) throw damaged();
  const readers = stanzas.find(([type]) => type === READERS)?.slice(1);
  const ways = stanzas.filter(([type]) => type !== READERS);
  return { readers, ways: ways.map(([type = "", tag = ""]) => (type.startsWith("ssh-") ? `${type} ${tag}` : type)) };
}

/** Whether it says that it is for just those, as far as can be seen. */
export function isFor({ readers: ids, ways }: Header, readers: readonly Reader[]): boolean {
  const tags = readers.flatMap(({ tag }) => tag ?? []);
  const expected = readers.map(({ id }) => id).sort();
  return ids?.join() === expected.join() && ways.length === readers.length && tags.every((tag) => ways.includes(tag));
}

/** Throws E_IDENTITY where none of them fits, E_SECRET_DAMAGED where it is not whole, and what an identity throws. */
export async function decryptWith(identities: readonly (Identity | string)[], file: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let reachedEnd = false;
  decrypter.addIdentity({ unwrapFileKey: () => ((reachedEnd = true), null) });
  try {
    return await decrypter.decrypt(unarmored(file));
  } catch (cause) {
    if (cause instanceof SlothError) throw cause;
    if (reachedEnd) throw new SlothError("E_IDENTITY", "none of your identities opens it");
    throw damaged();
  }
}

/** With a passphrase. Throws E_PASSPHRASE where it is another. */
export async function decryptWithPassphrase(passphrase: string, file: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let reachedEnd = false;
  decrypter.addIdentity({ unwrapFileKey: () => ((reachedEnd = true), null) });
  try {
    return await decrypter.decrypt(unarmored(file));
  } catch {
    if (reachedEnd) throw new SlothError("E_PASSPHRASE", "the passphrase is not the right one");
    throw damaged();
  }
}

export async function encryptWithPassphrase(passphrase: string, bytes: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return await encrypter.encrypt(bytes);
}

function damaged(): SlothError {
  return new SlothError("E_SECRET_DAMAGED", "is damaged: it was cut or changed", {
    hint: "take it from an earlier commit, or set it again",
  });
}

function unarmored(file: Uint8Array): Uint8Array {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!text.toString("latin1", 0, 256).trimStart().startsWith(ARMOR)) return file;
  try {
    return armor.decode(text.toString("latin1"));
  } catch {
    throw damaged();
  }
}
