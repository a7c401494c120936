import type { Mode, Problem, RunEvent } from "../engine/events.ts";
import { countsLine } from "./counts.ts";
import type { Verbosity } from "./diagnostics.ts";
import { createDiagnostics, logText } from "./diagnostics.ts";
import { lineBuffer, type LineBuffer } from "./line-buffer.ts";
import { printable, printableLines } from "./printable.ts";
import { resourceLines, resourceName } from "./resource-lines.ts";
import type { Screen } from "./screen.ts";
import { shownDuration } from "./shown.ts";
import type { Palette } from "./style.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export interface HumanOptions {
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
  const told = new Set<string>();
  const children = new Map<string, LineBuffer>();
  const result = (text: string): void => screen.line("stdout", text);
  const diagnostic = (text: string): void => screen.line("stderr", text);
  const diagnostics = createDiagnostics(verbosity, errorPaint, diagnostic);
  let shownTask = "main";
  let mode: Mode = "apply";

  /** The task's name, before the first line of it that follows lines of another. */
  const under = (task: string): void => {
    if (task === shownTask || quiet) return;
    shownTask = task;
    result(paint.bold(`task ${printable(task)}`));
  };
  /** Each problem once, however many events carry it. */
  const explain = (problem: Problem | undefined): void => {
    if (problem === undefined || told.has(problem.message)) return;
    told.add(problem.message);
    diagnostic(errorPaint.red(printableLines(problem.message)));
    if (problem.source !== undefined) diagnostic(`    | ${printable(problem.source.trim())}`);
  };
  const childLines = (task: string, stream: string, lines: readonly string[]): void => {
    for (const text of lines) {
      under(task);
      diagnostic(errorPaint.dim(`  ${stream === "stderr" ? "!" : "|"} ${printableLines(text)}`));
    }
  };
  const output = ({ task, stream, text }: EventOf<"output">): void => {
    if (stream === "print") {
      under(task);
      return screen.write("stdout", text);
    }
    if (!verbose) return;
    const key = `${stream} ${task}`;
    const buffer = children.get(key) ?? lineBuffer();
    children.set(key, buffer);
    childLines(task, stream, buffer.add(text));
  };
  /** What a child wrote last need not end in a newline. */
  const endChildren = (task: string): void => {
    for (const stream of ["stdout", "stderr"])
      childLines(task, stream, children.get(`${stream} ${task}`)?.rest() ?? []);
  };
  const resourceDone = (event: EventOf<"resource_done">): void => {
    const { outcome } = event;
    const worthTelling = outcome.changed || outcome.unknown !== undefined;
    if (quiet || (!worthTelling && !verbose)) return;
    under(event.task);
    result(resourceLines(event, verbose, paint));
    const text = textDiff?.(event);
    if (text !== undefined) result(text);
  };
  const taskDone = (event: EventOf<"task_done">): void => {
    const reason = event.reason === undefined ? "" : `: ${printable(event.reason)}`;
    const name = `task ${printable(event.task)}`;
    if (event.result === "failed") {
      const known = event.error === undefined || told.has(event.error.message);
      under(event.task);
      if (!known) result(`${paint.red("!")} ${name} failed`);
      return explain(event.error);
    }
    if (quiet) return;
    if (event.result === "skipped") return result(paint.yellow(`${name} skipped${reason}`));
    if (event.result === "unpredictable" && reason !== "")
      return result(paint.yellow(`${name} cannot be predicted${reason}`));
    if (!verbose) return;
    if (event.result === "not-needed") return result(paint.dim(`${name} not needed${reason}`));
    return result(paint.dim(`${name} done (${shownDuration(event.durationMs)})`));
  };

  return (event) => {
    if ("task" in event && event.type !== "output") endChildren(event.task);
    switch (event.type) {
      case "run_started": {
        mode = event.mode;
        const run = event.run === null ? event.mode : `run ${event.run}`;
        return verbose ? result(paint.dim(printable(`${run} of stack ${event.stack}: ${event.script}`))) : undefined;
      }
      case "interrupted_run": {
        const flying = event.inFlight.map((address) => `\n  ${printable(address)}`).join("");
        return diagnostic(errorPaint.yellow(printableLines(event.message)) + flying);
      }
      case "task_started":
        return verbose && event.task !== "main" ? under(event.task) : undefined;
      case "resource_started":
        return undefined;
      case "resource_done":
        return resourceDone(event);
      case "resource_failed":
        under(event.task);
        result(`${paint.red("!")} ${resourceName(event.resource, event.name, event.host)}`);
        return explain(event.error);
      case "output":
        return output(event);
      case "log":
        return diagnostics[event.level](logText(event.message, event.fields));
      case "notice":
        if (quiet) return undefined;
        if (mode !== "plan") return diagnostic(errorPaint.yellow(printableLines(event.message)));
        under(event.task);
        return result(paint.yellow(printableLines(event.message)));
      case "unpredictable": {
        if (quiet) return undefined;
        under(event.task);
        const place = printable(`${event.location.file}:${event.location.line}`);
        return result(paint.yellow(`? cannot be predicted from ${place} on: ${printable(event.reason)}`));
      }
      case "task_retry":
        explain(event.error);
        return diagnostic(
          errorPaint.yellow(
            `task ${printable(event.task)}: attempt ${event.attempt} failed, the next one starts in ${shownDuration(event.delayMs)}`,
          ),
        );
      case "task_done":
        return taskDone(event);
      case "run_done":
        explain(event.error);
        return quiet ? undefined : result(countsLine(event.counts, event.mode, event.durationMs));
    }
  };
}
