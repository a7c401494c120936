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

/** Keeps the status line: how long, which task of how many, and what has been running for more than a second. */
export function liveStatus(screen: Screen, now: () => number = () => performance.now()): Live {
  const startedAt = now();
  const state: State = { tasks: new Map(), resources: new Map(), known: 0, ended: 0, done: 0 };
  const { tasks, resources } = state;

  const draw = (): void => screen.status(statusText(now(), startedAt, state));
  const each = (event: { readonly task: string; readonly resource: string; readonly host: string }) =>
    [...resources].filter(
      ([, one]) => one.task === event.task && one.type === event.resource && one.host === event.host,
    );
  const ended = (key: string): void => {
    state.done++;
    resources.delete(key);
  };
  const timer = setInterval(draw, REDRAWN_EVERY_MS);
  timer.unref();
  return {
    note(event) {
      switch (event.type) {
        case "run_started":
        case "tasks_known":
          state.known = event.tasks.length;
          return;
        case "task_started":
          return void tasks.set(event.task, now());
        case "task_done":
          tasks.delete(event.task);
          if (!isTopLevel(event.task)) state.ended++;
          for (const [key, { task }] of resources) if (task === event.task) resources.delete(key);
          return;
        case "resource_started": {
          const { task, resource: type, host, name } = event;
          return void resources.set(resourceName(type, name, host), { task, type, host, since: now(), far: "" });
        }
        case "progress":
          for (const [, one] of each(event)) one.far = ` ${shownBytes(event.bytes, event.total)}`;
          return;
        case "resource_done":
          return ended(resourceName(event.outcome.type, event.outcome.name, event.host));
        case "resource_failed":
          state.done++;
          // A call that stands for several fails as one.
          for (const [key] of each(event)) resources.delete(key);
          return;
        case "interrupted_run":
        case "log":
        case "mistake":
        case "notice":
        case "output":
        case "run_done":
        case "task_retry":
        case "unpredictable":
          return;
      }
    },
    close() {
      clearInterval(timer);
      screen.status(undefined);
    },
  };
}

interface State {
  /** When each began. */
  readonly tasks: Map<string, number>;
  readonly resources: Map<string, Running>;
  /** How many tasks there are, and how many of them ended. */
  known: number;
  ended: number;
  /** Resources. */
  done: number;
}

interface Running {
  readonly task: string;
  readonly type: string;
  readonly host: string;
  readonly since: number;
  /** ` 120 of 600 MB` of what is copied. */
  far: string;
}

function statusText(now: number, startedAt: number, state: State): string | undefined {
  const { tasks, resources } = state;
  const busy = new Set([...resources.values()].map(({ task }) => task));
  const running = [
    ...[...resources].map(([name, { task, since, far }]) => ({ name: `${inTask(task)}${short(name)}${far}`, since })),
    ...[...tasks].filter(([task]) => !busy.has(task)).map(([task, since]) => ({ name: taskName(task), since })),
  ];
  const long = running.filter(({ since }) => now - since >= SHOWN_AFTER_MS).sort((a, b) => a.since - b.since);
  if (long.length === 0) return undefined;
  const names = long.map(({ name, since }) => `${name} ${seconds(now - since)}`).join(", ");
  return `[${seconds(now - startedAt)}] ${progressText(state, running.length)}: ${names}`;
}

/** `task 3 of 8`; `2 of 8 tasks done, 3 running`; where there are no tasks, how many resources are done. */
function progressText({ known, ended, done, tasks }: State, running: number): string {
  const isTop = [...tasks.keys()].every(isTopLevel);
  if (known === 0 || isTop) return `${done} done, ${running} running`;
  if (running === 1) return `task ${Math.min(known, ended + 1)} of ${known}`;
  return `${ended} of ${known} tasks done, ${running} running`;
}

function isTopLevel(task: string): boolean {
  return task === "main" || task.startsWith("main@");
}

function inTask(task: string): string {
  return isTopLevel(task) ? "" : `${short(printable(task))}: `;
}

function taskName(task: string): string {
  return `task ${short(printable(task))}`;
}

function short(name: string): string {
  return Bun.sliceAnsi(name, 0, WIDEST_NAME, "…");
}

function shownBytes(bytes: number, total: number | null): string {
  const megabytes = (count: number): string => String(Math.round(count / 1e6));
  return total === null ? `${megabytes(bytes)} MB` : `${megabytes(bytes)} of ${megabytes(total)} MB`;
}

/** Whole seconds: the line is drawn again only when it says something else. */
function seconds(ms: number): string {
  return ms < 10_000 ? `${Math.floor(ms / 1000)} s` : shownDuration(ms);
}
