import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { writing } from "../../run/with-stack.ts";
import { checkStackName } from "../../store/stack-name.ts";

export default command({
  summary: "Make a stack: a named record of what workflows keep.",
  details: "A run makes the stack it needs by itself; this one is there before, for its config.",
  example: "sloth-runner stack new my-infrastructure",
  args: { NAME: operand("Name of the stack."), db: shared.db(), create: shared.create() },

  run({ NAME: name, db, create }, { line, stdout }) {
    checkStackName(name);
    return writing(db, { line, create }, async (store) => {
      const stack = await store.create(name);
      stdout.write(`created stack ${stack.name}\n`);
    });
  },
});
