import { UsageError } from "../base/errors.ts";
import type { Around } from "./around.ts";

/**
 * Before what removes or rewrites things, after its plan was shown: `--yes`, or a `y` on the terminal. Without a terminal
 * and without `--yes` a UsageError. Answers false when the user said no; then nothing is done.
 */
export async function confirm(around: Pick<Around, "ask">, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const answer = await around.ask(`${question} [y/N] `);
  if (answer === undefined)
    throw new UsageError("there is no terminal to confirm on; nothing was done", { hint: "confirm with --yes" });
  return /^y(es)?$/i.test(answer.trim());
}
