import type { UserFacts, UserWant } from "../_accounts/user.ts";
import type { ReadSystem } from "../../system/system.ts";
import { addedItems, withItems } from "./_added.ts";
import { keysOf } from "./_authorized-keys.ts";
import { groupsListing, passwdEntry, shadowEntry, type PasswdEntry, type ShadowEntry } from "../_accounts/database.ts";

/** Where the keys are looked for: in the home that is wanted, and until that is moved there, in the one that is. */
export function keysHome({ home, moveHome }: UserWant, present: string, target: ReadSystem): string {
  if (home === null || home === present) return present;
  const moves = moveHome && target.stat(present) !== null && target.lstat(home) === null;
  return moves ? present : home;
}

/** null: not in /etc/passwd. What a want does not ask for and only root may see is left out for others. */
export function readUser(want: UserWant, target: ReadSystem): UserFacts | null {
  const entry = passwdEntry(want.name, target);
  if (entry === null) return null;
  const group = target.groupName(entry.gid);
  const facts: UserFacts = {
    uid: entry.uid,
    group,
    groups: groupsListing(want.name, target).filter((name) => name !== group),
    home: entry.home,
    comment: entry.comment,
    shell: entry.shell,
  };
  const asksShadow = want.password !== null || want.locked !== null || want.expires !== null;
  const home = want.home ?? entry.home;
  const found: UserFacts = {
    ...facts,
    ...(want.createHome === true ? { home_exists: target.stat(home)?.type === "directory" } : {}),
    ...(asksShadow || target.euid === 0 ? shadowFacts(want, target) : {}),
    ...(want.keys === null ? {} : { authorized_keys: keysFor(want, entry, target) }),
  };
  return want.itemwise === true ? withItems(found, itemsAsked(want, target)) : found;
}

function keysFor(want: UserWant, { uid, home }: PasswdEntry, target: ReadSystem): readonly string[] {
  return keysOf({ uid, home: keysHome(want, home, target) }, target, { appended: want.append });
}

/** With the names of groups that there are. */
function itemsAsked({ groups, keys }: UserWant, target: ReadSystem): UserFacts {
  const names = (groups ?? []).map((asked) => (/^\d+$/.test(asked) ? target.groupName(Number(asked)) : asked));
  return { ...addedItems("groups", names), ...addedItems("authorized_keys", keys ?? []) };
}

function shadowFacts(want: UserWant, target: ReadSystem): UserFacts {
  const entry = shadowEntry(want.name, target);
  if (entry === null) return {};
  const known = { locked: isLocked(entry), expires: dayOf(entry.expires) };
  return want.password === null ? known : { ...known, password: target.digestOf(bareHash(entry), want.password) };
}

/** No password lets in: there is none, or it is marked. */
function isLocked({ hash }: ShadowEntry): boolean {
  return hash.startsWith("!") || hash === "*";
}

/** The hash without the mark of a lock; "" when there is none. */
export function bareHash({ hash }: ShadowEntry): string {
  return hash.replace(/^!+/, "");
}

function dayOf(days: number | null): string {
  return days === null ? "never" : new Date(days * 86_400_000).toISOString().slice(0, 10);
}
