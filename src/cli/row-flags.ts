import type { RowChoice } from "../run/chosen-rows.ts";
import type { Values } from "./command.ts";
import * as flags from "./flags.ts";

/** Which resources of a stack, for every command that lists or looks at them. */
export const rowFlags = {
  host: flags.list("Only what is on these hosts; local is this machine.", "HOST,…", "host"),
  kind: flags.list("Only resources of these kinds, such as file or package.", "KIND,…", "kind"),
  task: flags.texts("Only what this task declared last.", "NAME", "task"),
};

export function choiceOf({ host, kind, task }: Values<typeof rowFlags>): RowChoice {
  return { hosts: host, kinds: kind, tasks: task };
}
