import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { show } from "../../report/show.ts";
import { valueText } from "../../report/value-text.ts";
import { valuesText } from "../../report/views/values.ts";
import { command } from "../../cli/command.ts";
import { operand, optionalOperand, shared } from "../../cli/flags.ts";
import { readingStack } from "../../run/with-stack.ts";

export default command({
  summary: "List what workflows put out with stack.set_output, or print one of it.",
  example: "sloth-runner stack outputs my-infrastructure web_url",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    KEY: optionalOperand("Print this output alone, as it is."),
    db: shared.db(),
    output: shared.output(),
  },

  run({ NAME: name, KEY: key, db, output }, { stdout }) {
    return readingStack(name, db, async (stack) => {
      const outputs = await stack.outputs();
      const value = key === undefined ? undefined : outputs.get(key);
      if (key !== undefined && value === undefined) {
        const hint = didYouMean(key, outputs.keys());
        throw new SlothError("E_OUTPUT_UNKNOWN", `${name} has no output ${key}`, { hint });
      }
      if (value !== undefined && output === "human") return stdout.write(valueText(value, stdout));
      const shown = key === undefined ? [...outputs] : [...outputs].filter(([name]) => name === key);
      return await show({ stdout, output }, { stack: name, outputs: Object.fromEntries(shown) }, (document, columns) =>
        valuesText(document.outputs, "no outputs", columns),
      );
    });
  },
});
