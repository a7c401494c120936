import { itemsIn } from "./_added.ts";
import { statedUser } from "./_desired.ts";
import { userResource } from "./_resource.ts";
import { bareWant } from "./_want.ts";
import type { UserFacts, UserWant } from "../_accounts/user.ts";

/** Keeps a user as stated, made where there is none. */
export const ensure = userResource({
  name: "user.ensure",
  summary: "Keeps a user as stated; creates one where there is none.",
  example: `
    user.ensure{
        name = "ana",
        comment = "Ana Lima",
        shell = "/bin/bash",
        groups = { "adm", "sudo" },
        append = true,
        authorized_keys = { fs.read("keys/ana.pub") },
    }
  `,
  desired: statedUser,

  restate(name, given) {
    const facts = given ?? {};
    const { uid, group, home, comment, shell, home_exists, locked, expires } = facts;
    const stated = { uid, group, home, comment, shell, home_exists, locked, expires, ...statedLists(facts) };
    const want: UserWant = {
      ...bareWant(name),
      createHome: home_exists ?? false, // a home that was not looked at is left alone
      locked: locked ?? null,
      expires: expires ?? null,
      ...wantedLists(facts),
    };
    return { want, stated, lost: lostOf(facts) };
  },
});

/** Where something was only added to a list, just that: what others did to it since stays. */
function statedLists(facts: UserFacts): UserFacts {
  const items = Object.entries(facts).filter(([name]) => /^(group|authorized_key) /.test(name));
  return {
    ...(itemsIn("groups", facts).size > 0 ? {} : { groups: facts.groups }),
    ...(itemsIn("authorized_keys", facts).size > 0 ? {} : { authorized_keys: facts.authorized_keys }),
    ...Object.fromEntries(items),
  };
}

function wantedLists(facts: UserFacts): Partial<UserWant> {
  const groups = [...itemsIn("groups", facts).keys()];
  const keys = [...itemsIn("authorized_keys", facts).keys()];
  const whole = facts.authorized_keys ?? null;
  return {
    append: true,
    itemwise: true,
    groups: groups.length > 0 ? groups : null,
    keys: keys.length > 0 ? keys : whole,
  };
}

/** What cannot be had again where the user has to be made anew. */
function lostOf({ locked, home_exists }: UserFacts): string | undefined {
  const password = locked === false ? "the password is not in the record, so it is locked until it is given one" : "";
  const home = home_exists === true ? "what was in the home directory is not in the record" : "";
  return [password, home].filter((one) => one !== "").join("; ") || undefined;
}
