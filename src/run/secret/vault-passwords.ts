import { SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { utf8Text } from "../../base/byte-text.ts";
import { askPassphrase, type AskHidden } from "../../secrets/passphrase.ts";
import { openVault, vaultLabel } from "../../secrets/vault.ts";
import type { ReadSystem } from "../../system/system.ts";
import { contentsOf } from "../values.ts";

interface WhereFrom {
  readonly env: { readonly [name: string]: string | undefined };
  readonly system: ReadSystem;
  readonly ask: AskHidden;
}

interface Source {
  readonly label: string | undefined;
  readonly password: () => Promise<string>;
}

/** Opens what ansible-vault has encrypted, with the passwords that Ansible would take; each is read, or asked for, once. */
export class VaultPasswords {
  private readonly from: WhereFrom;
  private readonly sources: readonly Source[];
  /** Typed ones that were right. */
  private readonly typed: string[] = [];

  constructor(from: WhereFrom) {
    this.from = from;
    this.sources = sourcesOf(from);
  }

  async open(text: string): Promise<Uint8Array> {
    const label = vaultLabel(text);
    const named = this.sources.filter((source) => source.label === label);
    const others = this.sources.filter((source) => source.label !== label);
    for (const { password } of [...named, ...others]) {
      const opened = attempt(text, await password());
      if (opened !== undefined) return opened;
    }
    for (const password of this.typed) {
      const opened = attempt(text, password);
      if (opened !== undefined) return opened;
    }
    if (this.sources.length > 0) throw wrong();
    return await this.asked(text, label);
  }

  private async asked(text: string, label: string | undefined): Promise<Uint8Array> {
    return await askPassphrase(
      label === undefined ? "the vault" : `the vault ${printable(label)}`,
      this.from.ask,
      (typed) => {
        const opened = openVault(text, typed);
        this.typed.push(typed);
        return Promise.resolve(opened);
      },
    );
  }
}

function attempt(text: string, password: string): Uint8Array | undefined {
  try {
    return openVault(text, password);
  } catch (error) {
    if (error instanceof SlothError && error.code === "E_PASSPHRASE") return undefined;
    throw error;
  }
}

function wrong(): SlothError {
  return new SlothError("E_PASSPHRASE", "none of the vault's passwords opens it, or it was changed", {
    hint: "ANSIBLE_VAULT_PASSWORD_FILE and ANSIBLE_VAULT_IDENTITY_LIST name the files they are in",
  });
}

/** `dev@file,prod@script`, and the file of the one without a name. What Ansible would ask for is asked for when nothing else fits. */
function sourcesOf({ env, system }: WhereFrom): readonly Source[] {
  const listed = (env["ANSIBLE_VAULT_IDENTITY_LIST"] ?? "").split(",").filter((one) => one.includes("@"));
  const named = listed.map((one) => ({ label: one.slice(0, one.indexOf("@")), file: one.slice(one.indexOf("@") + 1) }));
  const file = env["ANSIBLE_VAULT_PASSWORD_FILE"];
  const all = [...named, ...(file === undefined || file === "" ? [] : [{ label: "default", file }])];
  return all
    .filter((one) => !one.file.startsWith("prompt"))
    .map((one) => ({ label: one.label, password: once(() => passwordIn(one.file, system)) }));
}

/** Of a file, or of what it writes where it can be executed. */
async function passwordIn(file: string, system: ReadSystem): Promise<string> {
  const mode = system.stat(file)?.mode ?? 0;
  if ((mode & 0o111) === 0) return utf8Text(await contentsOf(file, "ANSIBLE_VAULT_PASSWORD_FILE")).trim();
  const { exitCode, stdout } = await system.query([file.includes("/") ? file : `./${file}`]);
  if (exitCode === 0) return utf8Text(stdout).trim();
  throw new SlothError("E_PASSPHRASE", `${printable(file)} ended with ${exitCode}, and gave no password of a vault`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
