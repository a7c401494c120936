import { command } from "../../cli/command.ts";
import { optionalOperand, text } from "../../cli/flags.ts";
import { printable } from "../../base/printable.ts";
import { openHost, ownName } from "../../system/host.ts";

export default command({
  summary: "Begin to keep secrets in a directory: name who may read them.",
  details:
    "Writes .sloth-recipients, a line a reader: a name and a public key of age or SSH. Without --key it is your own: that of ~/.sloth-runner/identity,\n" +
    "else of ~/.ssh/id_ed25519 or id_rsa; who has none gets a new ~/.sloth-runner/identity, which is to be kept safe.",
  example:
    "sloth-runner secret init\nsloth-runner secret init deploy --name web1 --key /etc/ssh/ssh_host_ed25519_key.pub",
  args: {
    DIR: optionalOperand("Directory; the one you are in when not given.", "directory"),
    name: text("What the reader is called; your login when not given.", "NAME"),
    key: text("Public key, or the file of one: age1…, ssh-ed25519 AAAA…, ssh-rsa AAAA….", "KEY", "file"),
  },

  async run({ DIR: directory = ".", name, key }, { stdout }) {
    const { initSecrets } = await import("../../run/secret/init.ts");
    const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
    const made = await initSecrets({ directory, name: name ?? ownName(), key }, system);
    stdout.write(`${printable(made.file)}: ${made.name} may read with ${made.key}\n`);
    if (made.isNew)
      stdout.write(`made ${printable(made.identity ?? "")}: whoever has it reads; keep a copy where it is safe\n`);
  },
});
