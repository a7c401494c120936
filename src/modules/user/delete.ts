import type { UserFacts } from "../_accounts/user.ts";
import { ACCOUNTS, requireRoot } from "../_accounts/tools.ts";
import { accountName } from "../_accounts/account-name.ts";
import { defineResource } from "../../engine/resource.ts";
import { flag, object, withDefault } from "../../engine/schema.ts";
import { removeUser } from "./_apply.ts";
import { readUser } from "./_read.ts";
import { refuseForeign } from "./_refusals.ts";
import { bareWant } from "./_want.ts";

interface DeleteProps {
  readonly name: string;
  readonly remove_home: boolean;
}

type DeleteWant = { readonly name: string; readonly removeHome: boolean };

/** Keeps a user away. */
export const remove = defineResource<DeleteProps, DeleteWant, UserFacts>({
  name: "user.delete",
  kind: "user",
  version: 1,
  summary: "Deletes a user; the home directory stays unless asked.",
  example: 'user.delete{ name = "mallory", remove_home = true }',
  schema: object({
    name: accountName("Login name."),
    remove_home: withDefault(flag("Deletes the home directory and the mail too."), false),
  }),
  identity: (props) => props.name,
  want: (props) => ({ name: props.name, removeHome: props.remove_home }),
  // Where it goes too, whether there is a home is part of what was there.
  read: ({ name, removeHome }, target) => readUser({ ...bareWant(name), createHome: removeHome ? true : null }, target),
  desired({ name }, actual, target) {
    if (actual === null) refuseForeign(name, target);
    return null;
  },
  refuse: (target) => requireRoot(target, "users"),
  predict: () => null,
  locks: () => ACCOUNTS,
  apply: (want, _diff, target) => removeUser(want.name, want.removeHome, target),
});
