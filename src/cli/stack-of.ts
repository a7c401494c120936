import { textSink } from "../report/sink.ts";
import { SlothError } from "../base/errors.ts";
import type { Context } from "./command.ts";
import { tellWorkflow } from "./tell-workflow.ts";
import { plainRequest } from "./workflow-command.ts";

interface Asked {
  readonly file: string;
  readonly stack: string | undefined;
  readonly valuesFile: string | undefined;
}

/** The stack that a run of this file would use, after a check of it. Throws where it has a mistake. */
export async function stackOf({ file, stack, valuesFile }: Asked, context: Context): Promise<string> {
  let found: string | undefined;
  const silent = { ...context, stdout: textSink(), stderr: textSink() };
  const request = { ...plainRequest("check", file), stack, valuesFile };
  const code = await tellWorkflow(request, silent, { onStack: (name) => (found = name) });
  if (code === 0 && found !== undefined) return found;
  throw new SlothError("E_SCRIPT", `${file} does not pass the check`, { hint: `see: sloth-runner check ${file}` });
}
