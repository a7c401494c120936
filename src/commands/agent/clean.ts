import { printable } from "../../base/printable.ts";
import { isTerminal } from "../../report/sink.ts";
import { command } from "../../cli/command.ts";
import { operand } from "../../cli/flags.ts";
import { reaching } from "../../cli/reaching.ts";
import { cleanOneHost } from "../../run/clean-host.ts";

export default command({
  summary: "Remove the builds of this program that runs brought to a host.",
  example: "sloth-runner agent clean web1",
  args: {
    HOST: operand("A host of the inventory, or whatever ssh understands."),
    inventory: reaching.inventory,
    "ssh-config": reaching["ssh-config"],
    "connect-timeout": reaching["connect-timeout"],
  },

  async run({ HOST: host, inventory, "ssh-config": sshConfig, "connect-timeout": connectTimeoutMs }, { stdout }) {
    const interactive = isTerminal(0) && isTerminal(2);
    const removed = await cleanOneHost({ host, inventory, sshConfig, connectTimeoutMs, interactive });
    stdout.write(
      removed.length === 0
        ? "nothing of ours is there\n"
        : removed.map((path) => `removed ${printable(path)}\n`).join(""),
    );
  },
});
