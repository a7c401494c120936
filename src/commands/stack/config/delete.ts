import { SlothError } from "../../../base/errors.ts";
import { didYouMean } from "../../../base/nearest.ts";
import { command } from "../../../cli/command.ts";
import { operand, shared } from "../../../cli/flags.ts";
import { writingStack } from "../../../run/with-stack.ts";

export default command({
  summary: "Delete a default of a stack's values.",
  example: "sloth-runner stack config delete my-infrastructure port",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    KEY: operand("Name of the value; a whole table goes with its name."),
    db: shared.db(),
  },

  run({ NAME: name, KEY: key, db }, context) {
    return writingStack(name, db, context, async (stack) => {
      if (await stack.deleteConfig(key)) return;
      const hint = didYouMean(key, (await stack.config()).keys());
      throw new SlothError("E_CONFIG_UNKNOWN", `${name} has no default ${key}`, { hint });
    });
  },
});
