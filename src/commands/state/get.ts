import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { printable } from "../../base/printable.ts";
import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { valueText } from "../../report/value-text.ts";
import { readingState, scopeFlag } from "./_scope.ts";

export default command({
  summary: "Print the value of a key: text as it is, all else as JSON.",
  details: "Ends with 1 when there is no such key.",
  example: "sloth-runner state get key",
  args: { KEY: operand("Name of the key."), stack: scopeFlag(), db: shared.db(), output: shared.output() },

  run({ KEY: key, stack, db, output }, { stdout }) {
    return readingState(stack, db, async (state) => {
      const value = await state?.get(key);
      if (value === undefined) {
        const hint = didYouMean(
          key,
          ((await state?.list()) ?? []).map((entry) => entry.key),
        );
        throw new SlothError("E_STATE_UNKNOWN", `there is no key ${printable(key)}`, { hint });
      }
      return await show({ stdout, output }, { key, value }, () => valueText(value, stdout));
    });
  },
});
