import { command } from "../../cli/command.ts";
import { flag, operand, shared } from "../../cli/flags.ts";
import { readingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Print a stack's whole record as one JSON document.",
  details: "docs/export.md describes it. Secrets are not in it: the record has none.",
  example: "sloth-runner stack export my-infrastructure > state.json",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    contents: flag("With the contents of files kept for undo; may be large, and show what only root may read."),
    db: shared.db(),
  },

  run({ NAME: name, contents, db }, { stdout }) {
    return readingStack(name, db, (stack) => stack.export({ contents }, (piece) => stdout.write(piece)));
  },
});
