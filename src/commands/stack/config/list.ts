import { show } from "../../../report/show.ts";
import { valuesText } from "../../../report/views/values.ts";
import { command } from "../../../cli/command.ts";
import { operand, shared } from "../../../cli/flags.ts";
import { readingStack } from "../../../run/with-stack.ts";

export default command({
  summary: "List the defaults of a stack's values.",
  example: "sloth-runner stack config list my-infrastructure",
  args: { NAME: operand("Name of the stack.", { completes: "stack" }), db: shared.db(), output: shared.output() },

  run({ NAME: name, db, output }, { stdout }) {
    return readingStack(name, db, async (stack) => {
      const document = { stack: name, config: Object.fromEntries(await stack.config()) };
      return await show({ stdout, output }, document, ({ config }, columns) =>
        valuesText(config, "no defaults", columns),
      );
    });
  },
});
