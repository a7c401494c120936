import { shownValue } from "../../../report/shown.ts";
import { command } from "../../../cli/command.ts";
import { operand, shared } from "../../../cli/flags.ts";
import { printDocument, printTable } from "../../../cli/output.ts";
import { readingStack } from "../../../run/with-stack.ts";

export default command({
  summary: "List the defaults of a stack's values.",
  example: "sloth-runner stack config list my-infrastructure",
  args: { NAME: operand("Name of the stack.", { completes: "stack" }), db: shared.db(), output: shared.output() },

  run({ NAME: name, db, output }, { stdout }) {
    return readingStack(name, db, (stack) => {
      const config = [...stack.config()];
      if (output === "json") return printDocument(stdout, { stack: name, config: Object.fromEntries(config) });
      if (config.length === 0) return stdout.write("no defaults\n");
      return printTable(
        stdout,
        ["KEY", "VALUE"],
        config.map(([key, value]) => [key, shownValue(value)]),
      );
    });
  },
});
