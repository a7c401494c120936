import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { holdingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Give a stack another name; its record and history go with it.",
  example: "sloth-runner stack rename my-infrastructure web",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    "NEW-NAME": operand("Name it is to have."),
    "lock-timeout": shared.lockTimeout(),
    db: shared.db(),
  },

  run({ NAME: name, "NEW-NAME": newName, db, "lock-timeout": lockTimeoutMs }, context) {
    return holdingStack({ name, db, lockTimeoutMs }, context, async (stack, store) => {
      await store.rename(stack, newName);
      context.stdout.write(`renamed ${name} to ${newName}\n`);
    });
  },
});
