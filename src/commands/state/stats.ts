import { shownTime } from "../../base/shown-time.ts";
import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { fields } from "../../report/table.ts";
import { readingState, scopeFlag } from "./_scope.ts";

export default command({
  summary: "Count the keys and their bytes.",
  example: "sloth-runner state stats",
  args: { stack: scopeFlag(), db: shared.db(), output: shared.output() },

  run({ stack, db, output }, { stdout }) {
    return readingState(stack, db, async (state) => {
      const stats = (await state?.stats()) ?? { keys: 0, bytes: 0, oldest: null, newest: null };
      return await show({ stdout, output }, stats, ({ keys, bytes, oldest, newest }, columns) =>
        fields(
          [
            ["Keys", keys],
            ["Bytes", bytes],
            ["Oldest", shownTime(oldest)],
            ["Newest", shownTime(newest)],
          ],
          columns,
        ),
      );
    });
  },
});
