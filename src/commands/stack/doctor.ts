import { restoreStore } from "../../store/open-store.ts";
import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { databasePath } from "../../store/place.ts";
import type { Finding } from "../../store/contract.ts";
import { command, type Context } from "../../cli/command.ts";
import { confirm } from "../../run/confirm.ts";
import { shared, text } from "../../cli/flags.ts";
import { show } from "../../report/show.ts";
import { table } from "../../report/table.ts";
import { reading } from "../../run/with-stack.ts";

export default command({
  summary: "Check the database, back it up, or put a backup in its place.",
  details:
    "Ends with 1 when something recorded cannot be relied on. A restore sets aside what is there and deletes nothing.",
  example: "sloth-runner stack doctor --backup /var/backups/stacks.db",
  args: {
    backup: text("Copy the whole database, and the key beside it, to this new file.", "PATH", "file"),
    restore: text("Put this backup in the place of the database.", "PATH", "file"),
    yes: shared.yes(),
    db: shared.db(),
    output: shared.output(),
  },

  async run({ backup, restore, yes, db, output }, context) {
    if (backup !== undefined && restore !== undefined)
      throw new UsageError("--backup and --restore exclude each other");
    if (restore !== undefined) return await restored(databasePath(db), resolve(restore), yes, context);
    return await reading(db, async (store) => {
      const findings = (await store?.examine()) ?? [];
      if (store !== null && backup !== undefined) await store.backup(resolve(backup));
      await show({ stdout: context.stdout, output }, { database: databasePath(db), findings }, findingsText);
      return findings.some(({ level }) => level === "problem") ? 1 : 0;
    });
  },
});

async function restored(path: string, from: string, yes: boolean, context: Context): Promise<number> {
  if (!(await confirm(context, `Put ${from} in the place of ${path}?`, yes))) return 1;
  const aside = await restoreStore(path, from);
  context.stdout.write(`restored ${path} from ${from}\n`);
  if (aside !== null) context.stdout.write(`what was there is now ${aside}\n`);
  return 0;
}

function findingsText(
  { database, findings }: { readonly database: string; readonly findings: readonly Finding[] },
  columns: number | undefined,
) {
  if (findings.length === 0) return `there is no database at ${database} yet\n`;
  const rows = findings.map(({ level, check, message, hint }) => [
    level,
    check,
    hint === undefined ? message : `${message}; ${hint}`,
  ]);
  return table(["RESULT", "CHECK", "FOUND"], rows, columns);
}
