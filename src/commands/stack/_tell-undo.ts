import { aroundOf } from "../../cli/around.ts";
import type { Context } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { reaching, reachOf, type Reaching } from "../../cli/reaching.ts";
import { createReporter } from "../../report/reporter.ts";
import { undo, type UndoRequest } from "../../run/undo.ts";

/** Flags of all commands that undo from the record. */
export const undoFlags = {
  ...reaching,
  "dry-run": shared.dryRun(),
  yes: shared.yes(),
  "lock-timeout": shared.lockTimeout(),
  db: shared.db(),
  output: shared.output(),
};

export interface UndoValues extends Reaching {
  readonly "dry-run": boolean;
  readonly yes: boolean;
  readonly "lock-timeout": number | undefined;
  readonly db: string | undefined;
  readonly output: "human" | "json";
}

type Asked = Pick<UndoRequest, "name" | "command" | "plan"> & { readonly values: UndoValues };

/** Undoes and tells it; answers the exit code. */
export async function tellUndo({ values, ...asked }: Asked, context: Context): Promise<number> {
  const { output, db, yes, inventory, "dry-run": dryRun, "lock-timeout": lockTimeoutMs } = values;
  const { stdout, stderr } = context;
  const reporter = await createReporter({ output, verbosity: "normal", diff: false, stdout, stderr, env: process.env });
  try {
    const request = { ...asked, database: db, lockTimeoutMs, reach: reachOf(values), inventory, dryRun, yes };
    return await undo(request, aroundOf(context, reporter.emit));
  } finally {
    await reporter.close();
  }
}
