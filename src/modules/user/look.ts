import { accountName } from "../_accounts/account-name.ts";
import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { isObject, type ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { toText } from "../../base/byte-text.ts";
import type { ReadSystem } from "../../system/system.ts";
import { parsePasswd } from "../_accounts/database.ts";
import { readUser } from "./_read.ts";
import { bareWant } from "./_want.ts";
import type { UserFacts } from "../_accounts/user.ts";

const schema = object({ name: accountName("Login name.") });
interface Named {
  readonly name: string;
}

/** Counts users of directory services too. */
export const exists = defineQuery<Named, { readonly name: string }>({
  name: "user.exists",
  summary: "Whether there is a user of that name, from whatever service.",
  example: `
    if not user.exists("postgres") then
        print("there is no database here")
    end
  `,
  schema,
  positional: ["name"],
  returns: "boolean",
  want: ({ name }) => ({ name }),
  read: ({ name }, target) => target.userId(name) !== null,
});

export const info = defineQuery<Named, { readonly name: string }>({
  name: "user.info",
  summary:
    "What there is to know of a user, from whatever service; for root, of one of this machine, also locked, expires and authorized_keys; nil when there is none.",
  example: `
    local root = user.info("root")
    print(root.home, root.shell)
  `,
  schema,
  positional: ["name"],
  returns:
    "{ name: string, uid: integer, group: string, groups: string[], home: string, comment: string, shell: string, " +
    "home_exists?: boolean, locked?: boolean, expires?: string, authorized_keys?: string[] }?",
  want: ({ name }) => ({ name }),
  async read({ name }, target) {
    const said = target.predicted("user", name);
    if (said !== undefined) return isObject(said) ? { name, ...whole(said) } : null;
    const found = readUser({ ...bareWant(name), keys: target.euid === 0 ? [] : null }, target);
    const facts = found ?? (await foreignUser(name, target));
    return facts === null ? null : { name, ...plainFacts(facts) };
  },
});

/** A prediction without what it says of single groups and keys: the lists have them. */
function whole(said: ValueObject): ValueObject {
  return Object.fromEntries(Object.entries(said).filter(([name]) => !name.includes(" ")));
}

/** Of a directory service, as `getent` and `id` tell; null: nobody knows them. */
async function foreignUser(name: string, target: ReadSystem): Promise<UserFacts | null> {
  if (target.userId(name) === null || target.which("getent") === null) return null;
  const line = toText((await target.query(["getent", "passwd", "--", name])).stdout).trim();
  const entry = parsePasswd(line);
  if (entry === null) return null;
  const group = target.groupName(entry.gid);
  const listed = toText((await target.query(["id", "-Gn", "--", name])).stdout).trim();
  const groups = listed.split(" ").filter((one) => one !== "" && one !== group);
  const { uid, home, comment, shell } = entry;
  return { uid, group, groups: groups.sort(), home, comment, shell };
}
