import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { stackDocument } from "../../report/documents/stack.ts";
import { show } from "../../report/show.ts";
import { stackText } from "../../report/views/stack.ts";
import { readingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Show a stack as it is now: last run, drift, what is owed, lock and outputs.",
  example: "sloth-runner stack show my-infrastructure",
  args: { NAME: operand("Name of the stack.", { completes: "stack" }), db: shared.db(), output: shared.output() },

  run({ NAME: name, db, output }, { stdout }) {
    return readingStack(name, db, async (stack) => show({ stdout, output }, await stackDocument(stack), stackText));
  },
});
