import { Secret } from "../base/value.ts";
import { createRedactor } from "../report/redact.ts";
import { createReporter, type Reporter } from "../report/reporter.ts";
import { runWorkflow, type Hooks } from "../run/run-workflow.ts";
import type { Around } from "../run/around.ts";
import type { RunEnd } from "../run/end-run.ts";
import type { WorkflowRequest } from "../run/workflow-request.ts";
import { aroundOf } from "./around.ts";
import type { Context } from "./command.ts";

/** Runs, plans or checks a workflow, tells it, and answers the exit code. */
export async function tellWorkflow(request: WorkflowRequest, context: Context, hooks: Hooks = {}): Promise<number> {
  const redactor = createRedactor();
  using _watched = Secret.watch((bytes) => redactor.add(bytes));
  const { mode, output, verbosity, diff } = request;
  const { stdout, stderr } = context;
  const reporter = await createReporter({ mode, output, verbosity, diff, stdout, stderr, redactor, env: process.env });
  try {
    const redact = (text: string): string => redactor.text(text);
    const around = asking(aroundOf(context, reporter.emit, redact), reporter);
    const end = await runWorkflow(request, around, hooks);
    if (output === "human") tellChecked(end, context);
    return end.exitCode;
  } finally {
    await reporter.close();
  }
}

/** Nothing is written over a question. */
function asking(around: Around, reporter: Reporter): Around {
  const quietly = async (ask: Around["ask"], question: string): Promise<string | undefined> => {
    using _quiet = reporter.hush();
    return await ask(question);
  };
  const { ask, askHidden } = around;
  return {
    ...around,
    ask: (question) => quietly(ask, question),
    askHidden: (question) => quietly(askHidden, question),
  };
}

function tellChecked({ checked, seen, script }: RunEnd, { stdout }: Context): void {
  if (checked === undefined || seen === undefined) return;
  const unseen = seen.calls - seen.whole;
  const told =
    unseen === 0
      ? "no mistakes found"
      : `no mistakes in what can be seen; ${unseen === 1 ? "1 takes" : `${unseen} take`} values that are made at run time`;
  const calls = seen.calls === 0 ? "" : `, ${counted(seen.calls, "call")}`;
  stdout.write(`${script}: ${counted(checked, "task")}${calls}, ${told}\n`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
