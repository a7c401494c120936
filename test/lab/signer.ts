import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { succeed } from "./command.ts";

export interface Signer extends AsyncDisposable {
  /** As armoured text; the key is made when it is first asked for. */
  publicKey(name: string): Promise<{ readonly key: string; readonly fingerprint: string }>;
  clearsign(name: string, text: string): Promise<string>;
  /** The signature alone, armoured. */
  detached(name: string, text: string): Promise<string>;
}

/** Keys of this test alone, in a home of gpg's that goes with it. */
export async function openSigner(): Promise<Signer> {
  const home = mkdtempSync(join(tmpdir(), "sloth-gpg-"));
  const gpg = (words: readonly string[], stdin?: string): Promise<string> =>
    succeed(["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode=loopback", "--passphrase=", ...words], {
      stdin,
    });
  const made = new Map<string, Promise<string>>();
  const make = (name: string): Promise<string> => {
    const making = made.get(name) ?? gpg(["--quick-gen-key", name, "ed25519", "sign", "never"]);
    made.set(name, making);
    return making;
  };
  return {
    async publicKey(name) {
      await make(name);
      const listed = await gpg(["--list-keys", "--with-colons", name]);
      const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
      return { key: await gpg(["--armor", "--export", name]), fingerprint };
    },
    async clearsign(name, text) {
      await make(name);
      return gpg(["--clearsign", "--local-user", name], text);
    },
    async detached(name, text) {
      await make(name);
      return gpg(["--armor", "--detach-sign", "--local-user", name], text);
    },
    async [Symbol.asyncDispose]() {
      await succeed(["gpgconf", "--homedir", home, "--kill", "all"]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
