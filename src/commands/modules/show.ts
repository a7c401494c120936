import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";

export default command({
  summary: "Show the functions of a module, with their fields and what they return.",
  example: "sloth-runner modules show file_ops\nsloth-runner modules show file_ops.copy",
  args: {
    NAME: operand("A module, or one function of it.", { completes: "module" }),
    output: shared.output(),
  },

  async run({ NAME: name, output }, { stdout }) {
    const { findReference } = await import("../../reference/modules.ts");
    const reference = findReference(name);
    await show({ stdout, output }, reference, async (found) => {
      const { moduleMarkdown } = await import("../../reference/markdown.ts");
      const { shownMarkdown } = await import("../../report/markdown.ts");
      return shownMarkdown(moduleMarkdown(found), stdout);
    });
  },
});
