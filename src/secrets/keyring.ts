import type { Identity } from "age-encryption";
import { SlothError } from "../base/errors.ts";
import { decryptWith } from "./age.ts";
import type { KnownIdentity } from "./identity.ts";

/** What opens what is encrypted: the identities that are at hand, looked for when the first one is needed. */
export class Keyring {
  private readonly find: () => Promise<readonly KnownIdentity[]>;
  private found: Promise<readonly KnownIdentity[]> | undefined;
  private ready: Promise<readonly (Identity | string)[]> | undefined;

  constructor(find: () => Promise<readonly KnownIdentity[]>) {
    this.find = find;
  }

  /** Throws E_IDENTITY where none fits, E_PASSPHRASE, E_SECRET_DAMAGED. */
  async open(file: Uint8Array): Promise<Uint8Array> {
    const known = await (this.found ??= this.find());
    if (known.length === 0) throw none();
    const unlocked = known.filter(({ isLocked }) => !isLocked);
    const opened = await this.tried(file, await (this.ready ??= keysOf(unlocked)));
    if (opened !== undefined) return opened;
    for (const one of known.filter(({ isLocked }) => isLocked)) {
      const bytes = await this.tried(file, await one.keys());
      if (bytes !== undefined) return bytes;
    }
    throw new SlothError("E_IDENTITY", "none of your identities opens it", {
      hint: `tried ${known.map(({ name }) => name).join(", ")}; name another with --identity`,
    });
  }

  /** A short digest of some contents that only who has the same identities can make. */
  async mark(contents: Uint8Array): Promise<string> {
    const known = await (this.found ??= this.find());
    const key = new Bun.CryptoHasher("sha256").update(known.map(({ digest }) => digest).join()).digest();
    return new Bun.CryptoHasher("sha256", key).update(contents).digest("hex").slice(0, 12);
  }

  /** undefined: it is for none of these. */
  private async tried(file: Uint8Array, keys: readonly (Identity | string)[]): Promise<Uint8Array | undefined> {
    try {
      return await decryptWith(keys, file);
    } catch (error) {
      if (error instanceof SlothError && error.code === "E_IDENTITY") return undefined;
      throw error;
    }
  }
}

async function keysOf(identities: readonly KnownIdentity[]): Promise<readonly (Identity | string)[]> {
  return (await Promise.all(identities.map((one) => one.keys()))).flat();
}

function none(): SlothError {
  return new SlothError("E_IDENTITY", "there is no identity to open it with", {
    hint: "make one with sloth-runner secret init, or name one with --identity or SLOTH_RUNNER_IDENTITY",
  });
}
