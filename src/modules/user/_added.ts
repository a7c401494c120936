import type { UserFacts } from "../_accounts/user.ts";

/** What the properties are called that say whether a group lists the user, or a key lets them in. */
const PREFIX = { groups: "group ", authorized_keys: "authorized_key " } as const;
type Lists = keyof typeof PREFIX;

/**
 * With `append` each group and key that was asked for is a fact of its own, true or false: what others add to the list is then theirs,
 * neither drift nor taken away by an undo. Here as they are asked for.
 */
export function addedItems(list: Lists, items: readonly string[]): UserFacts {
  return Object.fromEntries(items.map((item) => [PREFIX[list] + item, true]));
}

/** Items of a list that facts say something of, with what they say. */
export function itemsIn(list: Lists, facts: UserFacts): ReadonlyMap<string, boolean> {
  const prefix = PREFIX[list];
  const items = Object.entries(facts).filter(([name, value]) => name.startsWith(prefix) && typeof value === "boolean");
  return new Map(items.map(([name, value]) => [name.slice(prefix.length), value === true]));
}

/** A list with the items that facts say are in it, and without those that they say are not. */
export function listWith(list: Lists, present: readonly string[], facts: UserFacts): readonly string[] {
  const items = itemsIn(list, facts);
  const kept = present.filter((item) => items.get(item) !== false);
  const missing = Array.from(items).filter(([item, isIn]) => isIn && !kept.includes(item));
  return [...kept, ...missing.map(([item]) => item)];
}

/** Facts that have whole lists, with what these say of each item that is asked for. The primary group counts as one. */
export function withItems(facts: UserFacts, asked: UserFacts): UserFacts {
  const groups = [...(facts.groups ?? []), facts.group];
  const answers = [
    ...Array.from(itemsIn("groups", asked).keys(), (item) => [PREFIX.groups + item, groups.includes(item)]),
    ...Array.from(itemsIn("authorized_keys", asked).keys(), (item) => {
      return [PREFIX.authorized_keys + item, facts.authorized_keys?.includes(item) === true];
    }),
  ];
  return { ...facts, ...Object.fromEntries(answers) };
}
