import { command } from "../../../cli/command.ts";
import { flag, operand, shared } from "../../../cli/flags.ts";
import { writingStack } from "../../../run/with-stack.ts";
import { merged, plainValue, settingOf } from "../../../run/values.ts";
import { valueFromJson } from "../../../cli/json-argument.ts";

export default command({
  summary: "Set a default that workflows of a stack find in values.",
  details:
    "A dot in KEY goes into a table, as in --set. What is secret does not belong here: it would be stored as it is.",
  example: "sloth-runner stack config set my-infrastructure db.port 5432",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    KEY: operand("Name of the value, such as port or db.port."),
    VALUE: operand("True, false and whole numbers are what they look like, all else is text.", { allowEmpty: true }),
    json: flag("Read VALUE as JSON."),
    db: shared.db(),
  },

  run({ NAME: name, KEY: key, VALUE: typed, json, db }, context) {
    const setting = settingOf(key, json ? valueFromJson(typed) : plainValue(typed));
    return writingStack(name, db, context, async (stack) => {
      const config = merged(Object.fromEntries(await stack.config()), setting);
      for (const top of Object.keys(setting)) await stack.setConfig(top, config[top] ?? null);
    });
  },
});
