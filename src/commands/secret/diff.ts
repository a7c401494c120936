import { command } from "../../cli/command.ts";
import { flag, operand, shared } from "../../cli/flags.ts";

export default command({
  summary: "Print a file as git is to compare it: a digest in the place of each secret.",
  details:
    "A digest is another one only when the secret is, so that what was only encrypted anew shows no difference. For git diff and git log -p:\n" +
    "  git config diff.sloth.textconv 'sloth-runner secret diff'\n" +
    "and in .gitattributes: *.yaml diff=sloth",
  example: "sloth-runner secret diff production.yaml",
  args: {
    FILE: operand("The file.", { completes: "file" }),
    clear: flag("Print what the secrets hold instead."),
    identity: shared.identity(),
  },

  async run({ FILE: file, clear, identity }, { stdout, askHidden }) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { comparable } = await import("../../run/secret/diff.ts");
    stdout.write(await comparable(file, clear, openWorkplace(identity, { askHidden })));
  },
});
