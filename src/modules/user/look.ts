import { accountName } from "../_accounts/account-name.ts";
import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { isObject, type Value } from "../../base/value.ts";
import type { ReadSystem } from "../../system/system.ts";
import { readUser } from "./_read.ts";
import { bareWant } from "./_want.ts";

const schema = object({ name: accountName("Login name.") });
interface Named {
  readonly name: string;
}

/** Counts users of directory services too. */
export const exists = defineQuery<Named, { readonly name: string }>({
  name: "user.exists",
  summary: "Whether there is a user of that name, from whatever service.",
  schema,
  positional: ["name"],
  returns: "boolean",
  want: ({ name }) => ({ name }),
  read: ({ name }, target) => target.userId(name) !== null,
});

export const info = defineQuery<Named, { readonly name: string }>({
  name: "user.info",
  summary:
    "What there is to know of a user, for root also locked, expires and authorized_keys; nil when there is none.",
  schema,
  positional: ["name"],
  returns:
    "{ name: string, uid: integer, group: string, groups: string[], home: string, comment: string, shell: string, " +
    "home_exists?: boolean, locked?: boolean, expires?: string, authorized_keys?: string[] }?",
  want: ({ name }) => ({ name }),
  read({ name }, target) {
    const facts = userFacts(name, target);
    return facts === null ? null : { name, ...facts };
  },
});

function userFacts(name: string, target: ReadSystem): { readonly [property: string]: Value } | null {
  const said = target.predicted("user", name);
  const found =
    said === undefined ? readUser({ ...bareWant(name), keys: target.euid === 0 ? [] : null }, target) : said;
  return isObject(found) ? found : null;
}
