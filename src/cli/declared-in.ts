import { textSink } from "../report/sink.ts";
import type { Declarations } from "../run/names.ts";
import { runWorkflow } from "../run/run-workflow.ts";
import { aroundOf } from "./around.ts";
import type { Context } from "./command.ts";
import { plainRequest } from "./workflow-command.ts";

/** What a file declares, by a check of it, which tells nothing. Throws where it has a mistake. */
export async function declaredIn(file: string, inventory: string | undefined, context: Context): Promise<Declarations> {
  const silent = { ...context, stdout: textSink(), stderr: textSink() };
  const { declared } = await runWorkflow(
    { ...plainRequest("check", file), inventory },
    aroundOf(silent, () => {}),
    { opensNothing: true },
  );
  return declared;
}
