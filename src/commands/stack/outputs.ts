import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { shownValue } from "../../report/shown.ts";
import { command } from "../../cli/command.ts";
import { operand, optionalOperand, shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { readingStack } from "../../run/with-stack.ts";
import { printValue } from "../../cli/value-text.ts";

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
    return readingStack(name, db, (stack) => {
      const outputs = stack.record.outputs();
      const value = key === undefined ? undefined : outputs.get(key);
      if (key !== undefined && value === undefined) {
        const hint = didYouMean(key, outputs.keys());
        throw new SlothError("E_OUTPUT_UNKNOWN", `${name} has no output ${key}`, { hint });
      }
      if (value !== undefined && output === "human") return printValue(stdout, value);
      const shown = key === undefined ? [...outputs] : [...outputs].filter(([name]) => name === key);
      if (output === "json") return printDocument(stdout, { stack: name, outputs: Object.fromEntries(shown) });
      if (shown.length === 0) return stdout.write("no outputs\n");
      return printTable(
        stdout,
        ["KEY", "VALUE"],
        shown.map(([name, value]) => [name, shownValue(value)]),
      );
    });
  },
});
