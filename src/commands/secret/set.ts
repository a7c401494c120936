import { command } from "../../cli/command.ts";
import { operand, optionalOperand } from "../../cli/flags.ts";
import { UsageError } from "../../base/errors.ts";
import { isTerminal } from "../../report/sink.ts";

export default command({
  summary: "Put a secret into a file of values, encrypted for those who may read it.",
  details:
    "The value is asked for on the terminal, unseen, or read from standard input, where one newline at its end is dropped. Nothing else in the file\n" +
    "changes. Without KEY the whole file becomes the secret, as it comes: for secret.age.",
  example: "sloth-runner secret set production.yaml db.password\nsloth-runner secret set tls.key.age < tls.key",
  args: {
    FILE: operand("File of values in YAML, JSON or TOML; made when it is not there.", { completes: "file" }),
    KEY: optionalOperand("Where it belongs: db.password, users[2].password."),
  },

  async run({ FILE: file, KEY: key }, { askHidden, stdin }) {
    const { openWorkplace } = await import("../../run/secret/workplace.ts");
    const { setSecret } = await import("../../run/secret/set.ts");
    if (key === undefined && /\.(ya?ml|json|toml)$/i.test(file))
      throw new UsageError("say which value: KEY is missing");
    const typed = key === undefined ? undefined : await askHidden(`Value of ${key}: `);
    if (typed === undefined && key !== undefined && isTerminal(0))
      throw new UsageError("there is nobody to ask, and standard input is a terminal");
    const given = typed === undefined ? await stdin() : Buffer.from(typed, "utf8");
    const value = typed === undefined && key !== undefined ? withoutNewline(given) : given;
    if (value.length === 0) throw new UsageError("nothing was given; nothing is changed");
    await setSecret({ file, key, value }, openWorkplace([], { askHidden }));
  },
});

function withoutNewline(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  return bytes.subarray(0, bytes.length - end);
}
