declare module "bcrypt-pbkdf" {
  /** Fills `key`; another answer than 0 says that what was given cannot be. */
  export function pbkdf(
    passphrase: Uint8Array,
    passphraseLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}
