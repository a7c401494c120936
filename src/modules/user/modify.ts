import { SlothError } from "../../base/errors.ts";
import { statedUser } from "./_desired.ts";
import { refuseForeign } from "./_refusals.ts";
import { userResource } from "./_resource.ts";

/** Keeps a user that is there as stated. */
export const modify = userResource({
  name: "user.modify",
  summary: "Changes what differs of a user that is there.",
  example: 'user.modify{ name = "www-data", shell = "/usr/sbin/nologin" }',
  desired(want, actual, target) {
    if (actual !== null) return statedUser(want, actual, target);
    refuseForeign(want.name, target);
    throw new SlothError("E_UNKNOWN_USER", `there is no user '${want.name}'`, {
      hint: "user.create makes one, user.ensure does both",
    });
  },
});
