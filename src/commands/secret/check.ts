import { command } from "../../cli/command.ts";
import { flag, optionalOperand, shared } from "../../cli/flags.ts";
import { checkedText } from "../../report/views/secrets.ts";
import { show } from "../../report/show.ts";

export default command({
  summary: "Check that every secret can be read by all who may read it, and that none is in clear.",
  details:
    "Needs no identity, so it can run in CI: each secret says for whom it is. What is in clear though its key is one that .sloth-secret-keys names is found too.\n" +
    "Ends with 1 when anything is found.",
  example: "sloth-runner secret check\nsloth-runner secret check --open --identity ci.txt",
  args: {
    DIR: optionalOperand(
      "Directory in which, or above which, .sloth-recipients is; the one you are in when not given.",
      "directory",
    ),
    open: flag("Open each secret too, and see that it is in its place."),
    identity: shared.identity(),
    output: shared.output(),
  },

  async run({ DIR: directory = ".", open, identity, output }, { stdout, askHidden }) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { checkSecrets } = await import("../../run/secret/check.ts");
    const checked = await checkSecrets(directory, open, openWorkplace(identity, { askHidden }));
    await show({ stdout, output }, checked, checkedText);
    return checked.findings.length > 0 ? 1 : 0;
  },
});
