import { orderedDocument } from "../../secrets/ordered.ts";
import { openLeaf } from "../../secrets/leaf.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import type { Step } from "../../secrets/leaf-text.ts";
import { openSops, type SopsValue } from "../../secrets/sops.ts";
import { keyringAtHand, type WhereToLook } from "./at-hand.ts";
import type { Opener } from "./unlocking.ts";
import { VaultPasswords } from "./vault-passwords.ts";

/** Opens each form in which a file of values may hold secrets. Loads what that takes: import it when one is opened. */
export class FormOpener implements Opener {
  private readonly keys: Keyring;
  private readonly vaults: VaultPasswords;

  constructor(where: WhereToLook) {
    this.keys = keyringAtHand(where);
    this.vaults = new VaultPasswords(where);
  }

  open(file: Uint8Array): Promise<Uint8Array> {
    return this.keys.open(file);
  }

  leaf(path: readonly Step[], text: string): Promise<Uint8Array> {
    return openLeaf(path, text, this.keys);
  }

  vault(text: string): Promise<Uint8Array> {
    return this.vaults.open(text);
  }

  async sops(file: Uint8Array): Promise<readonly SopsValue[]> {
    return await openSops(orderedDocument(file), this.keys);
  }
}
