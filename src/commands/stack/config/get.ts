import { SlothError } from "../../../base/errors.ts";
import { didYouMean } from "../../../base/nearest.ts";
import { command } from "../../../cli/command.ts";
import { operand, shared } from "../../../cli/flags.ts";
import { show } from "../../../report/show.ts";
import { readingStack } from "../../../run/with-stack.ts";
import { valueText } from "../../../report/value-text.ts";

export default command({
  summary: "Print a default of a stack's values.",
  example: "sloth-runner stack config get my-infrastructure port",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    KEY: operand("Name of the value."),
    db: shared.db(),
    output: shared.output(),
  },

  run({ NAME: name, KEY: key, db, output }, { stdout }) {
    return readingStack(name, db, async (stack) => {
      const config = await stack.config();
      const value = config.get(key);
      if (value === undefined) {
        throw new SlothError("E_CONFIG_UNKNOWN", `${name} has no default ${key}`, {
          hint: didYouMean(key, config.keys()),
        });
      }
      return await show({ stdout, output }, { stack: name, key, value }, () => valueText(value, stdout));
    });
  },
});
