import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { shadowEntry } from "../_accounts/database.ts";
import { refuseKeysPlace } from "./_authorized-keys.ts";
import { diffUser } from "./_diff.ts";
import { bareHash, keysHome } from "./_read.ts";
import type { UserFacts, UserWant } from "../_accounts/user.ts";

/** What a look can tell will not work is refused before anything is done, in plan already. */
export function refuseImpossible(
  want: UserWant,
  actual: UserFacts | null,
  stated: Partial<UserFacts>,
  target: ReadSystem,
): void {
  if (actual === null) refuseForeign(want.name, target);
  refuseTakenId(want, actual, target);
  refuseOpening(want, actual, target);
  refuseMove(want, actual, target);
  if (changesKeys(actual, stated)) refuseNoPlace(want, actual, target);
}

/** Whoever is known, but not from /etc/passwd. */
export function refuseForeign(name: string, target: ReadSystem): void {
  if (target.userId(name) === null) return;
  throw new SlothError("E_FOREIGN_USER", `'${name}' comes from a directory service, not from /etc/passwd`, {
    hint: "change it there, or take another name",
  });
}

function refuseTakenId(want: UserWant, actual: UserFacts | null, target: ReadSystem): void {
  if (want.uid === null || want.uid === actual?.uid) return;
  const owner = target.userName(want.uid);
  if (owner === String(want.uid) || owner === want.name) return;
  throw new SlothError("E_ID_TAKEN", `user id ${want.uid} belongs to '${owner}' already`);
}

/** Unlocked, an account without a password would let anybody in; the tools refuse that too. */
function refuseOpening(want: UserWant, actual: UserFacts | null, target: ReadSystem): void {
  if (want.locked !== false || want.password !== null || actual?.locked === false) return;
  if (actual !== null && hasPassword(want.name, actual, target)) return;
  throw new SlothError("E_NO_PASSWORD", `'${want.name}' has no password that could be unlocked`, {
    hint: "give it a password_hash",
  });
}

function hasPassword(name: string, actual: UserFacts, target: ReadSystem): boolean {
  if (target.predicted("user", name) !== undefined && actual.password !== undefined) return true;
  const entry = shadowEntry(name, target);
  return entry !== null && !["", "*"].includes(bareHash(entry));
}

/** usermod would write the new place down and then leave everything in the old one. */
function refuseMove({ name, home, moveHome }: UserWant, actual: UserFacts | null, target: ReadSystem): void {
  if (!moveHome || home === null || actual === null || actual.home === home) return;
  if (target.lstat(home) === null || target.stat(actual.home ?? "") === null) return;
  throw new SlothError("E_EXISTS", `the home of '${name}' cannot be moved to ${home}: something is there already`, {
    hint: "take it away, or leave out move_home",
  });
}

function changesKeys(actual: UserFacts | null, stated: Partial<UserFacts>): boolean {
  return diffUser(actual, stated).changes.some(({ property }) => property.startsWith("authorized_key"));
}

/** Of a new user whose home is only chosen by the system nothing is known. */
function refuseNoPlace(want: UserWant, actual: UserFacts | null, target: ReadSystem): void {
  const home = actual?.home === undefined ? want.home : keysHome(want, actual.home, target);
  if (home === null) return;
  const comes = actual === null ? want.createHome !== false : want.createHome === true || actual.home_exists === true;
  if (comes && target.stat(home) === null) return;
  refuseKeysPlace(home, target);
}
