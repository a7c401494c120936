import type { UserFacts, UserWant } from "../_accounts/user.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { addedItems, listWith } from "./_added.ts";
import { refuseImpossible } from "./_refusals.ts";

/** What a want states, in the words of the facts: groups by name, lists with what they are added to. What cannot be is refused. */
export function statedUser(want: UserWant, actual: UserFacts | null, target: ReadSystem): Partial<UserFacts> {
  const group = want.group === null ? undefined : groupName(want.group, target);
  const primary = group ?? actual?.group ?? want.name;
  const stated: Partial<UserFacts> = {
    uid: want.uid ?? undefined,
    group,
    ...statedGroups(want, actual, primary, target),
    home: want.home ?? undefined,
    comment: want.comment ?? undefined,
    shell: want.shell ?? undefined,
    home_exists: want.createHome === true ? true : undefined,
    password: want.password ?? undefined,
    locked: want.locked ?? undefined,
    expires: want.expires ?? undefined,
    ...statedKeys(want, actual),
  };
  refuseImpossible(want, actual, stated, target);
  return stated;
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
    home_exists: want.createHome !== false,
    comment: "",
    locked: want.password === null,
    expires: "never",
    authorized_keys: [],
  };
  const stated = Object.fromEntries(Object.entries(desired).filter(([, value]) => value !== undefined));
  const facts: UserFacts = { ...(actual ?? fresh), ...stated };
  return {
    ...facts,
    groups: listWith("groups", facts.groups ?? [], desired).filter((name) => name !== facts.group),
    authorized_keys: facts.authorized_keys && listWith("authorized_keys", facts.authorized_keys, desired),
  };
}

/** Name of a group given by name or number. */
function groupName(asked: string, target: ReadSystem): string {
  const name = /^\d+$/.test(asked) ? target.groupName(Number(asked)) : asked;
  if (!/^\d+$/.test(name) && target.groupId(name) !== null) return name;
  throw new SlothError("E_UNKNOWN_GROUP", `there is no group '${asked}' on this machine`, {
    hint: "make it with group.create",
  });
}

function statedGroups(
  want: UserWant,
  actual: UserFacts | null,
  primary: string,
  target: ReadSystem,
): Partial<UserFacts> {
  if (want.groups === null) return {};
  const asked = want.groups.map((group) => groupName(group, target));
  if (want.itemwise === true) return addedItems("groups", asked);
  const all = united(want.append ? (actual?.groups ?? []) : [], asked);
  return { groups: all.filter((group) => group !== primary).sort() };
}

function statedKeys({ keys, append, itemwise }: UserWant, actual: UserFacts | null): Partial<UserFacts> {
  if (keys === null) return {};
  if (itemwise === true) return addedItems("authorized_keys", keys);
  return { authorized_keys: allowedKeys(keys, append, actual?.authorized_keys ?? []) };
}

/** Their order says nothing: the same keys in another one are as they should be. */
function allowedKeys(asked: readonly string[], append: boolean, present: readonly string[]): readonly string[] {
  const all = united(append ? present : [], asked);
  const same = all.every((key) => present.includes(key)) && present.every((key) => all.includes(key));
  return same ? present : all;
}

function united(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
