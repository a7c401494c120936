import type { RunEvent } from "../engine/events.ts";
import { resourceName } from "./resource-lines.ts";
import type { Screen } from "./screen.ts";
import { printable } from "../base/printable.ts";
import { shownDuration } from "./shown.ts";

const SHOWN_AFTER_MS = 1_000;
const REDRAWN_EVERY_MS = 250;
const WIDEST_NAME = 40;

export interface Live {
  note(event: RunEvent): void;
  close(): void;
}

/** Keeps the status line: how long, how many are done, and what has been running for more than a second. */
export function liveStatus(screen: Screen, now: () => number = () => performance.now()): Live {
  const startedAt = now();
  const tasks = new Map<string, number>();
  const resources = new Map<string, Running>();
  let done = 0;

  const draw = (): void => screen.status(statusText(now(), startedAt, done, tasks, resources));
  const forget = (which: (one: Running) => boolean): void => {
    for (const [key, one] of resources) if (which(one)) resources.delete(key);
  };
  const timer = setInterval(draw, REDRAWN_EVERY_MS);
  timer.unref();
  return {
    note(event) {
      if (event.type === "task_started") tasks.set(event.task, now());
      if (event.type === "task_done") {
        tasks.delete(event.task);
        forget(({ task }) => task === event.task);
      }
      if (event.type === "resource_started") {
        const { task, resource: type, host, name } = event;
        resources.set(resourceName(type, name, host), { task, type, host, since: now() });
      }
      if (event.type === "resource_done") {
        done++;
        resources.delete(resourceName(event.outcome.type, event.outcome.name, event.host));
      }
      if (event.type === "resource_failed") {
        done++;
        // A call that stands for several fails as one.
        forget((one) => one.task === event.task && one.type === event.resource && one.host === event.host);
      }
    },
    close() {
      clearInterval(timer);
      screen.status(undefined);
    },
  };
}

interface Running {
  readonly task: string;
  readonly type: string;
  readonly host: string;
  readonly since: number;
}

function statusText(
  now: number,
  startedAt: number,
  done: number,
  tasks: ReadonlyMap<string, number>,
  resources: ReadonlyMap<string, Running>,
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
  const names = long
    .map(({ name, since }) => `${Bun.sliceAnsi(name, 0, WIDEST_NAME, "…")} ${seconds(now - since)}`)
    .join(", ");
  return `[${seconds(now - startedAt)}] ${done} done, ${running.length} running: ${names}`;
}

/** Whole seconds: the line is drawn again only when it says something else. */
function seconds(ms: number): string {
  return ms < 10_000 ? `${Math.floor(ms / 1000)} s` : shownDuration(ms);
}
