import type { UserFacts, UserWant } from "../_accounts/user.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";

/** What a want states, in the words of the facts: groups by name, lists with what they are added to. */
export function statedUser(want: UserWant, actual: UserFacts | null, target: ReadSystem): Partial<UserFacts> {
  refuseTakenId(want, actual, target);
  const group = want.group === null ? undefined : groupName(want.group, target);
  const primary = group ?? actual?.group ?? want.name;
  return {
    uid: want.uid ?? undefined,
    group,
    groups: want.groups === null ? undefined : furtherGroups(want, actual, primary, target),
    home: want.home ?? undefined,
    comment: want.comment ?? undefined,
    shell: want.shell ?? undefined,
    home_exists: want.createHome === true ? true : undefined,
    password: want.password ?? undefined,
    locked: want.locked ?? undefined,
    expires: want.expires ?? undefined,
    authorized_keys:
      want.keys === null ? undefined : allowedKeys(want.keys, want.append, actual?.authorized_keys ?? []),
  };
}

/** In plan: what `read` would say. What the system would choose itself is only what it usually chooses. */
export function predictUser(
  actual: UserFacts | null,
  desired: Partial<UserFacts> | null,
  want: UserWant,
): UserFacts | null {
  if (desired === null) return null;
  const fresh: UserFacts = {
    group: want.name,
    groups: [],
    home: `/home/${want.name}`,
    comment: "",
    locked: want.password === null,
    expires: "never",
    authorized_keys: [],
  };
  const stated = Object.fromEntries(Object.entries(desired).filter(([, value]) => value !== undefined));
  return { ...(actual ?? fresh), ...stated };
}

/** Name of a group given by name or number. */
function groupName(asked: string, target: ReadSystem): string {
  const name = /^\d+$/.test(asked) ? target.groupName(Number(asked)) : asked;
  if (!/^\d+$/.test(name) && target.groupId(name) !== null) return name;
  throw new SlothError("E_UNKNOWN_GROUP", `there is no group '${asked}' on this machine`, {
    hint: "make it with group.create",
  });
}

function furtherGroups(
  want: UserWant,
  actual: UserFacts | null,
  primary: string,
  target: ReadSystem,
): readonly string[] {
  const asked = (want.groups ?? []).map((group) => groupName(group, target));
  const all = united(want.append ? (actual?.groups ?? []) : [], asked);
  return all.filter((group) => group !== primary).sort();
}

/** Their order says nothing: the same keys in another one are as they should be. */
function allowedKeys(asked: readonly string[], append: boolean, present: readonly string[]): readonly string[] {
  const all = united(append ? present : [], asked);
  const same = all.length === present.length && present.every((key) => all.includes(key));
  return same ? present : all;
}

function refuseTakenId(want: UserWant, actual: UserFacts | null, target: ReadSystem): void {
  if (want.uid === null || want.uid === actual?.uid) return;
  const owner = target.userName(want.uid);
  if (owner === String(want.uid) || owner === want.name) return;
  throw new SlothError("E_ID_TAKEN", `user id ${want.uid} belongs to '${owner}' already`);
}

function united(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
