import { ScriptError } from "../../base/errors.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { operand, shared, text } from "../../cli/flags.ts";
import { writing } from "../../run/with-stack.ts";
import { reasonOf } from "../../run/values.ts";

export default command({
  summary: "Take in a stack from an export.",
  details:
    "All of it or, when anything in it is not as it should be, nothing. One that is encrypted is opened with an identity; the key that came along is taken\n" +
    "where the database has none yet.",
  example: "sloth-runner stack import state.json --as copy",
  args: {
    FILE: operand("The export; - is standard input.", { completes: "file" }),
    identity: shared.identity(),
    as: text("Give the stack this name instead of its own.", "NAME"),
    db: shared.db(),
    create: shared.create(),
  },

  async run({ FILE: file, as: name, db, create, identity }, context) {
    const bytes = file === "-" ? await context.stdin() : await contentsOf(file);
    const from = printable(file);
    const sealed = isAgeFile(bytes)
      ? await (await import("../../run/secret/exports.ts")).openSealed(bytes, from, identity, context)
      : undefined;
    const text = sealed?.text ?? new TextDecoder().decode(bytes);
    await writing(db, { line: context.line, create }, async (store) => {
      const stack = await store.import({ text, from, as: name });
      context.stdout.write(`imported stack ${stack.name}\n`);
      if (sealed !== undefined && !(await store.takeKey(sealed.key)))
        context.stderr.write("this database has a key of its own: what is sensitive counts as changed once\n");
      const fault = await stack.verify();
      if (fault !== null) context.stderr.write(`its history is not what was recorded: ${fault.reason}\n`);
    });
  },
});

async function contentsOf(file: string): Promise<Uint8Array> {
  try {
    return await Bun.file(file).bytes();
  } catch (cause) {
    throw new ScriptError("E_IMPORT", `${printable(file)}: ${reasonOf(cause)}`, { cause });
  }
}
