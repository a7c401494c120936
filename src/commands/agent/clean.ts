import { HostList } from "../../engine/hosts.ts";
import { cleanHost } from "../../remote/clean.ts";
import { printable } from "../../report/printable.ts";
import { isTerminal } from "../../report/sink.ts";
import { command } from "../../cli/command.ts";
import { operand } from "../../cli/flags.ts";
import { connectSeconds, reaching } from "../_reaching.ts";
import { contentsOf } from "../_values.ts";

export default command({
  summary: "Remove the builds of this program that runs brought to a host.",
  example: "sloth-runner agent clean web1",
  args: {
    HOST: operand("A host of the inventory, or whatever ssh understands."),
    inventory: reaching.inventory,
    "ssh-config": reaching["ssh-config"],
    "connect-timeout": reaching["connect-timeout"],
  },

  async run({ HOST: name, inventory, "ssh-config": configFile, "connect-timeout": connectMs }, { stdout }) {
    const hosts = new HostList();
    if (inventory !== undefined) {
      const { readInventory } = await import("../_inventory.ts");
      await readInventory(inventory, await contentsOf(inventory, "--inventory"), hosts);
    }
    const mayAsk = isTerminal(0) && isTerminal(2);
    const removed = await cleanHost(hosts.find(name), {
      connectSeconds: connectSeconds(connectMs),
      mayAsk,
      configFile,
    });
    stdout.write(
      removed.length === 0
        ? "nothing of ours is there\n"
        : removed.map((path) => `removed ${printable(path)}\n`).join(""),
    );
  },
});
