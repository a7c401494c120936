import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { scopeFlag, writingState } from "./_scope.ts";

export default command({
  summary: "Delete a key.",
  details: "Ends with 1 when there is no such key.",
  example: "sloth-runner state delete key",
  args: { KEY: operand("Name of the key."), stack: scopeFlag(), db: shared.db() },

  run({ KEY: key, stack, db }, context) {
    return writingState(stack, db, context, async (state) => {
      if (await state.delete(key)) return;
      const hint = didYouMean(
        key,
        (await state.list()).map((entry) => entry.key),
      );
      throw new SlothError("E_STATE_UNKNOWN", `there is no key ${printable(key)}`, { hint });
    });
  },
});
