import { statedUser } from "./_desired.ts";
import { userResource } from "./_resource.ts";

/** Keeps a user as stated, made where there is none. */
export const ensure = userResource({
  name: "user.ensure",
  summary: "Keeps a user as stated; creates one where there is none.",
  desired: statedUser,
});
