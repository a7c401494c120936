import { toText } from "../../base/byte-text.ts";
import { command } from "../../cli/command.ts";
import { operand, optionalOperand, shared } from "../../cli/flags.ts";

export default command({
  summary: "Print what a secret holds.",
  example: "sloth-runner secret show production.yaml db.password",
  args: {
    FILE: operand("File of values, or a file that is encrypted as a whole.", { completes: "file" }),
    KEY: optionalOperand("Which value: db.password."),
    identity: shared.identity(),
  },

  async run({ FILE: file, KEY: key, identity }, { stdout, askHidden }) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { showSecret } = await import("../../run/secret/show.ts");
    const value = await showSecret({ file, key }, openWorkplace(identity, { askHidden }));
    stdout.write(toText(value));
    if (key !== undefined) stdout.write("\n");
  },
});
