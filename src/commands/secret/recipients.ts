import { command } from "../../cli/command.ts";
import { optionalOperand, shared } from "../../cli/flags.ts";
import { readersDocument, readersText } from "../../report/views/secrets.ts";
import { show } from "../../report/show.ts";

export default command({
  summary: "List who may read the secrets of a directory.",
  example: "sloth-runner secret recipients",
  args: {
    DIR: optionalOperand(
      "Directory in which, or above which, .sloth-recipients is; the one you are in when not given.",
      "directory",
    ),
    output: shared.output(),
  },

  async run({ DIR: directory = ".", output }, { stdout, askHidden }) {
    const { openWorkplace, readershipAt } = await import("../../run/secret/workplace.ts");
    const { file, readers } = readershipAt(directory, openWorkplace([], { askHidden }).system);
    await show({ stdout, output }, readersDocument(file, readers), readersText);
  },
});
