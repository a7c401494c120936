import { shownValue } from "../../report/shown.ts";
import { shownTime } from "../../base/shown-time.ts";
import { command } from "../../cli/command.ts";
import { optionalOperand, shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { table } from "../../report/table.ts";
import { readingState, scopeFlag } from "./_scope.ts";

export default command({
  summary: "List the keys and their values.",
  example: "sloth-runner state list",
  args: {
    PREFIX: optionalOperand("List only the keys that start with this."),
    stack: scopeFlag(),
    db: shared.db(),
    output: shared.output(),
  },

  run({ PREFIX: prefix, stack, db, output }, { stdout }) {
    return readingState(stack, db, async (state) => {
      const entries = (await state?.list(prefix)) ?? [];
      const keys = entries.map(({ key, value, expiresAt }) => ({ key, value, expires_at: expiresAt }));
      return await show({ stdout, output }, { keys }, (_, columns) => {
        if (keys.length === 0) return "no keys\n";
        const rows = keys.map(({ key, value, expires_at: at }) => [key, shownValue(value), shownTime(at)]);
        return table(["KEY", "VALUE", "EXPIRES"], rows, columns);
      });
    });
  },
});
