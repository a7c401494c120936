import type { RunEvent } from "../engine/events.ts";
import { resourceName } from "./resource-lines.ts";
import type { Screen } from "./screen.ts";
import { printable } from "./printable.ts";
import { shownDuration } from "./shown.ts";

const SHOWN_AFTER_MS = 1_000;
const REDRAWN_EVERY_MS = 250;

export interface Live {
  note(event: RunEvent): void;
  close(): void;
}

/** Keeps the status line: how long, how many are done, and what has been running for more than a second. */
export function liveStatus(screen: Screen, now: () => number = () => performance.now()): Live {
  const startedAt = now();
  const tasks = new Map<string, number>();
  const resources = new Map<string, { readonly task: string; readonly since: number }>();
  let done = 0;

  const draw = (): void => screen.status(statusText(now(), startedAt, done, tasks, resources));
  const timer = setInterval(draw, REDRAWN_EVERY_MS);
  timer.unref();
  return {
    note(event) {
      if (event.type === "task_started") tasks.set(event.task, now());
      if (event.type === "task_done") tasks.delete(event.task);
      if (event.type === "resource_started")
        resources.set(resourceName(event.resource, event.name, event.host), { task: event.task, since: now() });
      if (event.type === "resource_done") {
        done++;
        resources.delete(resourceName(event.outcome.type, event.outcome.name, event.host));
      }
      if (event.type === "resource_failed") {
        done++;
        resources.delete(resourceName(event.resource, event.name, event.host));
      }
    },
    close() {
      clearInterval(timer);
      screen.status(undefined);
    },
  };
}

function statusText(
  now: number,
  startedAt: number,
  done: number,
  tasks: ReadonlyMap<string, number>,
  resources: ReadonlyMap<string, { readonly task: string; readonly since: number }>,
): string | undefined {
  const busy = new Set([...resources.values()].map(({ task }) => task));
  const running = [
    ...[...resources].map(([name, { since }]) => ({ name, since })),
    ...[...tasks]
      .filter(([task]) => !busy.has(task))
      .map(([task, since]) => ({ name: `task ${printable(task)}`, since })),
  ];
  const long = running.filter(({ since }) => now - since >= SHOWN_AFTER_MS).sort((a, b) => a.since - b.since);
  if (long.length === 0) return undefined;
  const names = long.map(({ name, since }) => `${name} ${seconds(now - since)}`).join(", ");
  return `[${seconds(now - startedAt)}] ${done} done, ${running.length} running: ${names}`;
}

/** Whole seconds: the line is drawn again only when it says something else. */
function seconds(ms: number): string {
  return ms < 10_000 ? `${Math.floor(ms / 1000)} s` : shownDuration(ms);
}
