import type { UserFacts, UserWant } from "../_accounts/user.ts";
import { ACCOUNTS, requireRoot } from "../_accounts/tools.ts";
import { defineResource, type AnyResource, type UndoHooks, type Example } from "../../engine/resource.ts";
import type { ReadSystem } from "../../system/system.ts";
import { makeUser, removeUser } from "./_apply.ts";
import { predictUser } from "./_desired.ts";
import type { statedUser } from "./_desired.ts";
import { diffUser } from "./_diff.ts";
import { readUser } from "./_read.ts";
import { toUserWant, userSchema, type UserProps } from "./_want.ts";

interface Verb {
  readonly name: `user.${string}`;
  readonly summary: string;
  readonly example?: Example;
  /** What of a want counts, given whether the user is there. */
  readonly desired: (want: UserWant, actual: UserFacts | null, target: ReadSystem) => Partial<UserFacts> | "asis";
  /** What one who is not there is made with, where the record does not keep it. */
  readonly makes?: typeof statedUser;
  readonly restate?: NonNullable<UndoHooks<UserWant, UserFacts>["restate"]>;
}

/** The verbs that keep a user differ only in what counts when. */
export function userResource({ makes, restate, ...verb }: Verb): AnyResource {
  return defineResource<UserProps, UserWant, UserFacts>({
    ...verb,
    kind: "user",
    version: 1,
    schema: userSchema,
    identity: (props) => props.name,
    want: toUserWant,
    read: readUser,
    diff: diffUser,
    refuse: (target) => requireRoot(target, "users"),
    predict: predictUser,
    locks: () => ACCOUNTS,
    async apply(want, diff, target, inputs) {
      const whole = diff.action === "create" && makes !== undefined ? diffUser(null, makes(want, null, target)) : diff;
      await makeUser(want, whole, target, inputs);
    },
    undo: { remove: (want, _actual, target) => removeUser(want.name, false, target), ...(restate && { restate }) },
  });
}
