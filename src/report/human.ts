import type { Mode, Problem, RunEvent } from "../engine/events.ts";
import { childOutput } from "./child-output.ts";
import { countsLine, recap } from "./counts.ts";
import { createDiagnostics, logText, type Verbosity } from "./diagnostics.ts";
import { printable, printableLines } from "../base/printable.ts";
import { resourceLines, resourceName } from "./resource-lines.ts";
import type { Screen } from "./screen.ts";
import { spokenInPlan } from "./spoken.ts";
import type { Palette } from "./style.ts";
import { ToldFailures } from "./told-failures.ts";
import { retryLine, taskEnd, taskHeading, unpredictableLine } from "./task-lines.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export interface HumanOptions {
  /** Until a run that has begun says it. */
  readonly mode?: Mode | undefined;
  readonly screen: Screen;
  /** For standard output, and for standard error: either may be a terminal. */
  readonly paint: Palette;
  readonly errorPaint: Palette;
  readonly verbosity: Verbosity;
  /** Draws text diffs, when they are wanted. */
  readonly textDiff: ((event: EventOf<"resource_done">) => string | undefined) | undefined;
}

/** Lines for people: results to standard output, what else there is to know to standard error. */
export function humanReader(options: HumanOptions): (event: RunEvent) => void {
  const { screen, paint, errorPaint, verbosity, textDiff } = options;
  const quiet = verbosity === "quiet";
  const verbose = verbosity === "verbose";
  const failures = new ToldFailures();
  /** Tasks of which it was told from where on they cannot be predicted. */
  const placed = new Set<string>();
  /** Why something cannot be predicted, as far as it was told. */
  const unknowns = new Set<string>();
  const spoken = spokenInPlan(paint);
  let shownTask = "main";
  let mode: Mode = options.mode ?? "apply";

  const diagnostic = (text: string): void => screen.line("stderr", text);
  /** Under its task's name, unless the line before was of the same task. */
  const result = (text: string, task = shownTask): void => {
    under(task);
    screen.line("stdout", text);
  };
  const under = (task: string): void => {
    if (task === shownTask || quiet) return;
    shownTask = task;
    screen.line("stdout", taskHeading(task, paint));
  };
  const diagnostics = createDiagnostics(verbosity, errorPaint, (task, text) => {
    under(task);
    diagnostic(text);
  });
  /** Each problem once, however many events carry it. */
  const explain = (problem: Problem | undefined, task?: string): void => {
    if (problem === undefined || !failures.explain(problem, task)) return;
    // The reason that a task gave with `return false, reason` has no place.
    const who = problem.code === "E_TASK" && task !== undefined ? `task ${task}: ` : "";
    const code = verbose ? errorPaint.dim(` (${problem.code})`) : "";
    diagnostic(errorPaint.red(printableLines(who + problem.message)) + code);
    if (problem.source !== undefined) diagnostic(`    | ${printable(problem.source.trim())}`);
  };
  const children = childOutput((task, stream, lines) => {
    under(task);
    const mark = stream === "stderr" ? "!" : "|";
    diagnostic(lines.map((line) => errorPaint.dim(`  ${mark} ${printableLines(line)}`)).join("\n"));
  });

  const resourceDone = (event: EventOf<"resource_done">): void => {
    const { outcome, task } = event;
    if (quiet || !(outcome.changed || outcome.unknown !== undefined || verbose)) return;
    const isTold = outcome.unknown !== undefined && unknowns.has(outcome.unknown);
    if (outcome.unknown !== undefined) unknowns.add(outcome.unknown);
    result(resourceLines(event, { verbose, isTold }, paint), task);
    const text = textDiff?.(event);
    if (text !== undefined) result(text, task);
  };
  const output = ({ task, stream, text }: EventOf<"output">): void => {
    if (stream === "print") {
      under(task);
      screen.write("stdout", mode === "plan" ? spoken(text) : text);
    } else if (verbose) children.add(task, stream, text);
  };
  const notice = ({ task, message, host }: EventOf<"notice">): void => {
    if (quiet) return;
    // What a plan could not foresee is part of what it answers.
    if (mode === "plan" && host === undefined) result(paint.yellow(printableLines(message)), task);
    else diagnostic(errorPaint.yellow(printableLines(message)));
  };
  const taskDone = (event: EventOf<"task_done">): void => {
    if (event.result === "unpredictable" && placed.has(event.task)) return;
    const { task, error } = event;
    const told = error === undefined ? quiet : failures.isShown(task, error);
    const line = taskEnd(event, error && failures.sameAs(task, error), verbose, paint);
    if (line !== undefined && !told) {
      screen.line("stdout", line);
      shownTask = task; // the line names it
    }
    explain(error, task);
  };

  return (event) => {
    if ("task" in event && event.type !== "output") children.end(event.task);
    switch (event.type) {
      case "run_started": {
        mode = event.mode;
        const run = event.run === null ? event.mode : `run ${event.run}`;
        if (verbose) result(paint.dim(printable(`${run} of stack ${event.stack}: ${event.script}`)));
        return;
      }
      case "interrupted_run": {
        const flying = event.inFlight.map((address) => `\n  ${printable(address)}`).join("");
        return diagnostic(errorPaint.yellow(printableLines(event.message)) + flying);
      }
      case "tasks_known":
      case "task_started":
      case "resource_started":
      case "progress":
      case "mistake": // told as the error that ends the command
        return;
      case "resource_done":
        return resourceDone(event);
      case "resource_failed":
        result(`${paint.red("!")} ${resourceName(event.resource, event.name, event.host)}`, event.task);
        failures.call(event.task, event.error);
        return explain(event.error, event.task);
      case "output":
        return output(event);
      case "log":
        return diagnostics[event.level](event.task, logText(event.message, event.fields));
      case "notice":
        return notice(event);
      case "unpredictable":
        placed.add(event.task);
        if (!quiet) result(unpredictableLine(event, mode, paint), event.task);
        return;
      case "task_retry":
        explain(event.error, event.task);
        return diagnostic(retryLine(event, errorPaint));
      case "task_done":
        return taskDone(event);
      case "run_done":
        explain(event.error);
        if (!quiet && event.mode !== "check") result([...recap(event), countsLine(event)].join("\n"), shownTask);
    }
  };
}
