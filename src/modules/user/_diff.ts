import { diffStated } from "../../engine/call/diff.ts";
import type { Diff } from "../../engine/resource.ts";
import { itemsIn, listWith, withItems } from "./_added.ts";
import type { UserFacts } from "../_accounts/user.ts";

/** What is stated of single groups and keys is compared with the lists that are there. */
export function diffUser(actual: UserFacts | null, desired: Partial<UserFacts> | null): Diff<UserFacts> {
  if (desired === null) return diffStated(actual, desired);
  if (actual !== null) return diffStated(withItems(actual, desired), desired);
  // Of a user who was there the password is not kept: made anew, they stay locked.
  const { locked, ...others } = desired;
  return diffStated(actual, locked === false && desired.password === undefined ? others : desired);
}

/** What of the desired is to be made: what is stated of single groups as the whole list that makes. */
export function changedOf({ changes, desired, actual }: Diff<UserFacts>): Partial<UserFacts> {
  const names = new Set(changes.map(({ property }) => property));
  const changed: UserFacts = Object.fromEntries(Object.entries(desired ?? {}).filter(([name]) => names.has(name)));
  if (itemsIn("groups", changed).size === 0) return changed;
  return { ...changed, groups: listWith("groups", actual?.groups ?? [], changed) };
}
