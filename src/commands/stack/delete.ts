import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { holdingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Delete a stack's record; what it stands for on the machine stays as it is.",
  details: "An export of it is written beside the database first; stack import brings it back.",
  example: "sloth-runner stack delete my-infrastructure",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    "lock-timeout": shared.lockTimeout(),
    db: shared.db(),
  },

  run({ NAME: name, db, "lock-timeout": lockTimeoutMs }, context) {
    return holdingStack({ name, db, lockTimeoutMs }, context, async (stack, store) => {
      const path = await store.delete(stack);
      context.stdout.write(`deleted the record of ${name}; an export of it is ${path}\n`);
    });
  },
});
