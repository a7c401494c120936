import { statedUser } from "./_desired.ts";
import { userResource } from "./_resource.ts";

/**
 * Makes a user where there is none; one that is there is left as it is. What the call states counts for making alone, so what is kept,
 * and looked at for drift, is that there is such a user.
 */
export const create = userResource({
  name: "user.create",
  summary:
    "Creates a user where there is none; one that is there is left as it is, whatever the other fields say. To keep them so: user.ensure.",
  example: 'user.create{ name = "carol", shell = "/bin/bash", groups = { "adm" } }',
  desired: (want, actual, target) => (actual === null ? statedUser(want, actual, target) : {}),
  makes: statedUser,
});
