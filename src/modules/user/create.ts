import { statedUser } from "./_desired.ts";
import { userResource } from "./_resource.ts";

/** Makes a user where there is none; one that is there is left as it is. */
export const create = userResource({
  name: "user.create",
  summary: "Creates a user where there is none; one that is there is left as it is.",
  desired: (want, actual, target) => (actual === null ? statedUser(want, actual, target) : "asis"),
});
