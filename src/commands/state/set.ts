import { command } from "../../cli/command.ts";
import { duration, flag, operand, shared } from "../../cli/flags.ts";
import { valueFromJson } from "../../cli/json-argument.ts";
import { scopeFlag, writingState } from "./_scope.ts";

export default command({
  summary: "Set a key to a value; it is there for every workflow and command.",
  example: "sloth-runner state set key value",
  args: {
    KEY: operand("Name of 1 to 1024 bytes."),
    VALUE: operand("Text, kept as it is typed.", { allowEmpty: true }),
    json: flag("Read VALUE as JSON: a number, a list, a table."),
    ttl: duration("Forget it after this time, such as 1h."),
    stack: scopeFlag(),
    db: shared.db(),
  },

  run({ KEY: key, VALUE: typed, json, ttl, stack, db }, context) {
    const value = json ? valueFromJson(typed) : typed;
    return writingState(stack, db, context, (state) =>
      state.set(key, value, ttl === undefined ? undefined : ttl / 1000),
    );
  },
});
