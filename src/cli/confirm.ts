import { UsageError } from "../base/errors.ts";
import type { Context } from "./command.ts";

/**
 * Before what removes or rewrites things, after its plan was shown: `--yes`, or a `y` on the terminal. Without a terminal
 * and without `--yes` a UsageError. Answers false when the user said no; then nothing is done.
 */
export async function confirm(context: Pick<Context, "ask">, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const answer = await context.ask(`${question} [y/N] `);
  if (answer === undefined)
    throw new UsageError("there is no terminal to confirm on; nothing was done", { hint: "confirm with --yes" });
  return /^y(es)?$/i.test(answer.trim());
}
