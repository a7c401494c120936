import { command } from "../../cli/command.ts";
import { flag, operand, shared } from "../../cli/flags.ts";
import { readingStack } from "../../run/with-stack.ts";

export default command({
  summary: "Print a stack's whole record as one JSON document.",
  details:
    "docs/export.md describes it. Secrets are not in it: the record has none. With --encrypt it is for those that .sloth-recipients names, here or above, and\n" +
    "the key of keyed digests goes along, so that what is sensitive does not count as changed where it is imported.",
  example:
    "sloth-runner stack export my-infrastructure > state.json\nsloth-runner stack export web --encrypt > web.json.age",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    contents: flag("With the contents of files kept for undo; may be large, and show what only root may read."),
    encrypt: flag("Encrypt it, with the key of keyed digests, for those that .sloth-recipients names."),
    db: shared.db(),
  },

  run({ NAME: name, contents, encrypt, db }, { stdout, askHidden }) {
    return readingStack(name, db, async (stack, store) => {
      if (!encrypt) return await stack.export({ contents }, (piece) => stdout.write(piece));
      const { exportSealed } = await import("../../run/secret/exports.ts");
      stdout.write(await exportSealed({ stack, store, contents }, { askHidden }));
    });
  },
});
