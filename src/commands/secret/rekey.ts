import { command } from "../../cli/command.ts";
import { optionalOperand, shared, text, texts } from "../../cli/flags.ts";
import { rekeyedText } from "../../report/views/secrets.ts";
import { show } from "../../report/show.ts";

export default command({
  summary: "Encrypt every secret for just those who are to read it now.",
  details:
    "Of all files below .sloth-recipients; what is right already stays as it is. Nothing is written unless all can be opened. With --remove it lists what the one\n" +
    "removed could read: they know it, and it stays in older commits, so it must be changed.",
  example:
    "sloth-runner secret rekey\nsloth-runner secret rekey --remove bob\n" +
    "sloth-runner secret rekey --add 'web1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…'",
  args: {
    DIR: optionalOperand(
      "Directory in which, or above which, .sloth-recipients is; the one you are in when not given.",
      "directory",
    ),
    remove: text("Take this reader out of .sloth-recipients first.", "NAME"),
    add: texts("Put this reader into .sloth-recipients first.", "'NAME KEY'"),
    identity: shared.identity(),
    output: shared.output(),
  },

  async run({ DIR: directory = ".", remove, add, identity, output }, { stdout, askHidden }) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { rekey } = await import("../../run/secret/rekey.ts");
    const rekeyed = await rekey({ directory, remove, add }, openWorkplace(identity, { askHidden }));
    await show({ stdout, output }, rekeyed, (document) => rekeyedText(document, remove));
  },
});
