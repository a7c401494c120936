import { shownValue } from "../../report/shown.ts";
import { command } from "../../cli/command.ts";
import { optionalOperand, shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { shownTime } from "../../cli/plain.ts";
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
    return readingState(stack, db, (state) => {
      const entries = state?.list(prefix) ?? [];
      if (output === "json") {
        const keys = entries.map(({ key, value, expiresAt }) => ({ key, value, expires_at: expiresAt }));
        return printDocument(stdout, { keys });
      }
      if (entries.length === 0) return stdout.write("no keys\n");
      const rows = entries.map(({ key, value, expiresAt }) => [key, shownValue(value), shownTime(expiresAt)]);
      return printTable(stdout, ["KEY", "VALUE", "EXPIRES"], rows);
    });
  },
});
