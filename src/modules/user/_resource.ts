import type { UserFacts, UserWant } from "../_accounts/user.ts";
import { ACCOUNTS } from "../_accounts/tools.ts";
import { diffStated } from "../../engine/call/diff.ts";
import { defineResource, type AnyResource, type Diff, type Inputs, type ResourceType } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { makeUser, removeUser } from "./_apply.ts";
import { predictUser } from "./_desired.ts";
import { readUser } from "./_read.ts";
import { toUserWant, userSchema, type UserProps } from "./_want.ts";

interface Verb {
  readonly name: `user.${string}`;
  readonly summary: string;
  /** What of a want counts, given whether the user is there. */
  readonly desired: (want: UserWant, actual: UserFacts | null, target: ReadSystem) => Partial<UserFacts> | "asis";
  readonly restate?: NonNullable<ResourceType<UserProps, UserWant, UserFacts>["restate"]>;
}

/** The verbs that keep a user differ only in what counts when. */
export function userResource(verb: Verb): AnyResource {
  return defineResource<UserProps, UserWant, UserFacts>({
    ...verb,
    kind: "user",
    version: 1,
    schema: userSchema,
    identity: (props) => props.name,
    want: toUserWant,
    read: readUser,
    predict: predictUser,
    locks: () => ACCOUNTS,
    apply: keepUser,
    remove: (want, _actual, target) => removeUser(want.name, false, target),
  });
}

async function keepUser(want: UserWant, diff: Diff<UserFacts>, target: System, inputs: Inputs): Promise<void> {
  refuseForeign(want.name, diff, target);
  await makeUser(want, diff, target, inputs);
  if (diff.action === "create") verifyCreation(want, diff, target);
}

/** What is there already is left alone by user.create, so the engine's second look says nothing of what was just made. */
function verifyCreation(want: UserWant, { desired }: Diff<UserFacts>, target: ReadSystem): void {
  const { changes } = diffStated(readUser(want, target), desired);
  if (changes.length === 0) return;
  const left = changes.map(({ property }) => property).join(", ");
  throw new SlothError("E_NOT_CONVERGED", `the user was made, but still differs in ${left}`);
}

function refuseForeign(name: string, diff: Diff<UserFacts>, target: ReadSystem): void {
  if (diff.action !== "create" || target.userId(name) === null) return;
  throw new SlothError("E_FOREIGN_USER", `'${name}' comes from a directory service, not from /etc/passwd`, {
    hint: "change it there, or take another name",
  });
}
