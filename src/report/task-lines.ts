import type { Mode, RunEvent } from "../engine/events.ts";
import { printable } from "../base/printable.ts";
import { shownDuration } from "./shown.ts";
import type { Palette } from "./style.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export function taskHeading(task: string, paint: Palette): string {
  return paint.bold(`task ${printable(task)}`);
}

/** How a task ended, where that is worth a line; `sameAs`: another task that failed for the same reason, which stands there. */
export function taskEnd(
  event: EventOf<"task_done">,
  sameAs: string | undefined,
  verbose: boolean,
  paint: Palette,
): string | undefined {
  const name = `task ${printable(event.task)}`;
  const reason = event.reason === undefined ? "" : `: ${printable(event.reason)}`;
  switch (event.result) {
    case "failed":
      return `${paint.red("!")} ${name} failed${sameAs === undefined ? "" : `, as task ${printable(sameAs)} did`}`;
    case "skipped":
      return paint.yellow(`${name} skipped${reason}`);
    case "unpredictable":
      return paint.yellow(`${name} cannot be predicted${reason}`);
    case "not-needed":
      return verbose ? paint.dim(`${name} not needed${reason}`) : undefined;
    case "ok":
      return verbose ? paint.dim(`${name} done (${shownDuration(event.durationMs)})`) : undefined;
  }
}

export function retryLine(event: EventOf<"task_retry">, paint: Palette): string {
  const name = `task ${printable(event.task)}`;
  return paint.yellow(
    `${name}: attempt ${event.attempt} failed, the next one starts in ${shownDuration(event.delayMs)}`,
  );
}

export function unpredictableLine(event: EventOf<"unpredictable">, mode: Mode, paint: Palette): string {
  const place = printable(`${event.location.file}:${event.location.line}`);
  const what = mode === "check" ? "read, not followed, from here on" : `cannot be predicted from ${place} on`;
  return paint.yellow(`? ${mode === "check" ? `${place}: ` : ""}${what}: ${printable(event.reason)}`);
}
