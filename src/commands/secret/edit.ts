import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { aroundOf } from "../../cli/around.ts";
import { printable } from "../../base/printable.ts";

export default command({
  summary: "Edit a file of values, or one that is encrypted as a whole, in clear text.",
  details:
    "Opens what VISUAL or EDITOR says, else vi. Each secret is written secret: and its value; a new one is written the same way. What did not change keeps\n" +
    "its text. The clear text is in memory only, in a file that has no name, and gone when the editor ends.",
  example: "sloth-runner secret edit production.yaml",
  args: {
    FILE: operand("The file.", { completes: "file" }),
    identity: shared.identity(),
  },

  async run({ FILE: file, identity }, context) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { editSecrets } = await import("../../run/secret/edit.ts");
    const around = aroundOf(context, () => {});
    const editor = process.env["VISUAL"] ?? process.env["EDITOR"] ?? "vi";
    const { changed, secrets } = await editSecrets(
      file,
      editor.trim().split(/\s+/),
      around,
      openWorkplace(identity, around),
    );
    const told = secrets === 1 ? "1 secret is another one" : `${secrets} secrets are other ones`;
    context.stdout.write(`${printable(file)}: ${changed ? told : "unchanged"}\n`);
  },
});
