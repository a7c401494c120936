import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { printDocument, printFields } from "../../cli/output.ts";
import { shownTime } from "../../cli/plain.ts";
import { readingState, scopeFlag } from "./_scope.ts";

export default command({
  summary: "Count the keys and their bytes.",
  example: "sloth-runner state stats",
  args: { stack: scopeFlag(), db: shared.db(), output: shared.output() },

  run({ stack, db, output }, { stdout }) {
    return readingState(stack, db, (state) => {
      const stats = state?.stats() ?? { keys: 0, bytes: 0, oldest: null, newest: null };
      if (output === "json") return printDocument(stdout, stats);
      return printFields(stdout, [
        ["Keys", stats.keys],
        ["Bytes", stats.bytes],
        ["Oldest", shownTime(stats.oldest)],
        ["Newest", shownTime(stats.newest)],
      ]);
    });
  },
});
