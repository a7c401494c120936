import { statedUser } from "./_desired.ts";
import { userResource } from "./_resource.ts";
import { bareWant } from "./_want.ts";

/** Keeps a user as stated, made where there is none. */
export const ensure = userResource({
  name: "user.ensure",
  summary: "Keeps a user as stated; creates one where there is none.",
  desired: statedUser,

  restate(name, { uid, group, groups, home, comment, shell, home_exists, locked, expires, authorized_keys }) {
    const stated = { uid, group, groups, home, comment, shell, home_exists, locked, expires, authorized_keys };
    const [createHome, keys] = [home_exists ?? false, authorized_keys ?? null]; // a home that was not looked at is left alone
    return { want: { ...bareWant(name), createHome, keys, locked: locked ?? null, expires: expires ?? null }, stated };
  },
});
