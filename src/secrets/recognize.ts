/** What encrypted files and texts begin with, for whoever has to tell them apart: loads nothing. */
export const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";
const VERSION = "age-encryption.org/";
const VAULT = "$ANSIBLE_VAULT;";

/** Whether these bytes begin as an age file does. */
export function isAgeFile(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  return start.startsWith(VERSION) || start.trimStart().startsWith(ARMOR);
}

/** A text that ansible-vault has encrypted: a value behind `!vault`, or a whole file. */
export function isVault(text: string | Uint8Array): boolean {
  const start = typeof text === "string" ? text.slice(0, 64) : Buffer.from(text.subarray(0, 64)).toString("latin1");
  return start.trimStart().startsWith(VAULT);
}
