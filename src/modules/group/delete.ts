import { accountName } from "../_accounts/account-name.ts";
import { defineResource } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { accountTools, requireRoot, ACCOUNTS } from "../_accounts/tools.ts";
import { readGroup, type GroupFacts } from "./create.ts";

/** Keeps a group away. */
export const remove = defineResource<{ readonly name: string }, { readonly name: string }, GroupFacts>({
  name: "group.delete",
  kind: "group",
  version: 1,
  summary: "Deletes a group; one that is the primary group of a user cannot be deleted.",
  example: 'group.delete{ name = "guests" }',
  schema: object({ name: accountName("Name of the group.") }),
  identity: (props) => props.name,
  want: ({ name }) => ({ name }),
  read: (want, target) => readGroup(want.name, target),
  desired: () => null,
  refuse: (target) => requireRoot(target, "groups"),
  predict: () => null,
  locks: () => ACCOUNTS,
  async apply(want, _diff, target) {
    requireRoot(target, "groups");
    await accountTools(target).removeGroup(want.name, target);
  },
});
