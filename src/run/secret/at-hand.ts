import { Keyring } from "../../secrets/keyring.ts";
import { parseIdentity, type KnownIdentity } from "../../secrets/identity.ts";
import type { AskHidden } from "../../secrets/passphrase.ts";
import { SlothError } from "../../base/errors.ts";
import { withhold } from "../../base/withheld.ts";
import type { ReadSystem } from "../../system/system.ts";
import { contentsOf } from "../values.ts";

export interface WhereToLook {
  /** `--identity` */
  readonly files: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly system: ReadSystem;
  readonly ask: AskHidden;
}

const IDENTITY_VARIABLE = "SLOTH_RUNNER_IDENTITY";

/** Identities as they are looked for: those that were named, else what a person or this machine has. */
export function keyringAtHand(where: WhereToLook): Keyring {
  return new Keyring(() => identitiesAtHand(where));
}

async function identitiesAtHand({ files, env, system, ask }: WhereToLook): Promise<readonly KnownIdentity[]> {
  if (files.length > 0) return await Promise.all(files.map((file) => named(file, "--identity", ask)));
  const variable = env[IDENTITY_VARIABLE];
  if (variable !== undefined && variable !== "") {
    withhold(IDENTITY_VARIABLE);
    const isKey = variable.startsWith("AGE-SECRET-KEY-");
    return [
      isKey
        ? parseIdentity(IDENTITY_VARIABLE, Buffer.from(variable), ask)
        : await named(variable, IDENTITY_VARIABLE, ask),
    ];
  }
  return usualFiles(env).flatMap((file) => whereItIs(file, system, ask));
}

/** The identity that `secret init` makes. */
export function ownIdentityFile(env: WhereToLook["env"]): string | undefined {
  return env["HOME"] === undefined || env["HOME"] === "" ? undefined : `${env["HOME"]}/.sloth-runner/identity`;
}

/** The user's own, and the machine's: only root can read that. */
function usualFiles(env: WhereToLook["env"]): readonly string[] {
  const own = ownIdentityFile(env);
  const ofUser =
    own === undefined ? [] : [own, ...["id_ed25519", "id_rsa"].map((name) => `${env["HOME"] ?? ""}/.ssh/${name}`)];
  return [...ofUser, "/etc/ssh/ssh_host_ed25519_key"];
}

async function named(file: string, by: string, ask: AskHidden): Promise<KnownIdentity> {
  return parseIdentity(file, await contentsOf(file, by), ask);
}

/** What is not there, may not be read or is of another kind of key is not one of ours to use. */
function whereItIs(file: string, system: ReadSystem, ask: AskHidden): readonly KnownIdentity[] {
  try {
    return system.stat(file)?.type === "file" ? [parseIdentity(file, system.readFile(file), ask)] : [];
  } catch (error) {
    if (error instanceof SlothError) return [];
    throw error;
  }
}
