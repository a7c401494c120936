import { command } from "../cli/command.ts";
import { operand } from "../cli/flags.ts";

export default command({
  summary: "Print a script that completes command lines in bash, zsh or fish.",
  details:
    "The script asks sloth-runner itself, so it knows every command, flag and value, and the names of your stacks.\n" +
    "bash:  source <(sloth-runner completions bash), in ~/.bashrc\n" +
    "zsh:   sloth-runner completions zsh > a file named _sloth-runner in a directory of your $fpath\n" +
    "fish:  sloth-runner completions fish > ~/.config/fish/completions/sloth-runner.fish",
  example: "sloth-runner completions bash > /etc/bash_completion.d/sloth-runner",
  args: { SHELL: operand("One of bash, zsh and fish.", { options: ["bash", "zsh", "fish"] }) },

  async run({ SHELL: shell }, { stdout }) {
    const { completionScripts } = await import("../cli/completions/scripts.ts");
    stdout.write(completionScripts[shell] ?? "");
  },
});
