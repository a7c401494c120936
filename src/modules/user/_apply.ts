import type { UserFacts, UserWant } from "../_accounts/user.ts";
import type { Diff, Inputs } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { System } from "../../system/system.ts";
import { accountTools, requireRoot } from "../_accounts/tools.ts";
import { itemsIn, listWith } from "./_added.ts";
import { keysOf, writeKeys } from "./_authorized-keys.ts";
import { passwdEntry, shadowEntry } from "../_accounts/database.ts";
import { changedOf, diffUser } from "./_diff.ts";
import { makeHome, makeHomeParents } from "./_home.ts";
import { bareHash, readUser } from "./_read.ts";

/** Makes the user, or what differs of one. A user that cannot be made whole is not left half made. */
export async function makeUser(want: UserWant, diff: Diff<UserFacts>, target: System, inputs: Inputs): Promise<void> {
  requireRoot(target, "users");
  const tools = accountTools(target);
  const changed = changedOf(diff);
  if (diff.action !== "create") {
    if (changed.home !== undefined && want.moveHome) makeHomeParents(changed.home, target);
    await tools.changeUser(want, changed, target);
    return finish(want, changed, target, inputs);
  }
  await tools.addUser(want, changed, target);
  try {
    await finish(want, changed, target, inputs);
    verifyCreation(want, diff, target);
  } catch (cause) {
    await tools.removeUser(want.name, false, target);
    throw cause;
  }
}

export async function removeUser(name: string, removeHome: boolean, target: System): Promise<void> {
  requireRoot(target, "users");
  await accountTools(target).removeUser(name, removeHome, target);
}

/** What no tool takes along with the rest. */
async function finish(want: UserWant, changed: Partial<UserFacts>, target: System, inputs: Inputs): Promise<void> {
  const entry = passwdEntry(want.name, target);
  if (entry === null) throw new SlothError("E_NOT_CONVERGED", `'${want.name}' is not in /etc/passwd after it was made`);
  if (changed.home_exists === true && target.stat(entry.home) === null) await makeHome(entry, target);
  if (changed.password !== undefined) {
    const hash = Buffer.from(await inputs.read(changed.password)).toString("utf8");
    await setPassword(want.name, hash, changed.locked ?? want.locked, target);
  } else if (changed.locked !== undefined) await setLock(want.name, changed.locked, target);
  const options = { appended: want.append };
  if (changed.authorized_keys !== undefined) await writeKeys(entry, changed.authorized_keys, target, options);
  if (itemsIn("authorized_keys", changed).size > 0)
    await writeKeys(entry, listWith("authorized_keys", keysOf(entry, target, options), changed), target, options);
}

/** What is there already is left alone by user.create, so the engine's second look says nothing of what was just made. */
function verifyCreation(want: UserWant, { desired }: Diff<UserFacts>, target: System): void {
  const { changes } = diffUser(readUser(want, target), desired);
  if (changes.length === 0) return;
  const left = changes.map(({ property }) => property).join(", ");
  throw new SlothError("E_NOT_CONVERGED", `the user was made, but still differs in ${left}`);
}

/** By standard input, so that no process list shows it; a lock stays unless `lock` says otherwise. */
async function setPassword(name: string, hash: string, lock: boolean | null, target: System): Promise<void> {
  const present = shadowEntry(name, target)?.hash ?? "";
  const locked = lock ?? /^!+[^!*]/.test(present);
  const argv = ["chpasswd", "-e"] as const;
  mustSucceed(argv, await target.run(argv, { stdin: `${name}:${locked ? "!" : ""}${hash}\n` }));
}

async function setLock(name: string, locked: boolean, target: System): Promise<void> {
  const entry = shadowEntry(name, target);
  if (!locked && (entry === null || ["", "*"].includes(bareHash(entry)))) {
    const hint = "give it a password_hash";
    throw new SlothError("E_NO_PASSWORD", `'${name}' has no password that could be unlocked`, { hint });
  }
  await accountTools(target).lockUser(name, locked, target);
}
