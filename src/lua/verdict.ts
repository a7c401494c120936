import type { Emit } from "../engine/events.ts";
import type { Verdict } from "../engine/tasks/task.ts";
import { SlothError, toError, type Location } from "../base/errors.ts";
import { EndPrediction, ExitRequested, type LuaArgument } from "./vm/types.ts";

/** What a verdict needs of the run: where events go, what a line says, and who ends the run. */
export interface VerdictContext {
  readonly emit: Emit;
  readonly sourceLine: (location: Location) => string | undefined;
  /** `os.exit` was called. */
  readonly exit: (status: number) => void;
}

/** A task's function as a verdict: `false, "why"` and errors are failures, all else is success. */
export async function verdictOf(
  context: VerdictContext,
  task: string,
  work: Promise<readonly LuaArgument[]>,
): Promise<Verdict> {
  try {
    const [said, why] = await work;
    if (said !== false) return { kind: "ok" };
    return {
      kind: "failed",
      error: new SlothError("E_TASK", typeof why === "string" ? why : "returned false"),
    };
  } catch (thrown) {
    return verdictOfError(context, task, toError(thrown));
  }
}

function verdictOfError(context: VerdictContext, task: string, error: Error): Verdict {
  if (error instanceof EndPrediction) {
    const location = error.location ?? { file: task, line: 0 };
    context.emit({ type: "unpredictable", task, location, reason: error.reason });
    return { kind: "unpredictable", reason: error.reason };
  }
  if (error instanceof ExitRequested) {
    context.exit(error.status);
    const failure = new SlothError("E_EXIT_REQUESTED", `os.exit(${error.status}) was called`);
    return error.status === 0 ? { kind: "ok" } : { kind: "failed", error: failure };
  }
  if (error instanceof SlothError && error.location !== undefined) error.quote(context.sourceLine(error.location));
  return { kind: "failed", error };
}
