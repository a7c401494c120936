import type { Counts, Outcome, TaskCounts, RunEvent, RunEventType } from "../../src/engine/events.ts";

export type EventOf<T extends RunEventType> = Extract<RunEvent, { type: T }>;

export const noCounts: Counts = {
  created: 0,
  updated: 0,
  deleted: 0,
  ran: 0,
  unchanged: 0,
  failed: 0,
  carried: 0,
  unknown: 0,
};

export const noTasks: TaskCounts = { ok: 0, failed: 0, skipped: 0, notNeeded: 0, unpredictable: 0 };

export function runDone(over: Partial<EventOf<"run_done">> = {}): EventOf<"run_done"> {
  return {
    type: "run_done",
    mode: "apply",
    ok: true,
    counts: noCounts,
    tasks: noTasks,
    hosts: [],
    durationMs: 1200,
    ...over,
  };
}

function outcome(over: Partial<Outcome> = {}): Outcome {
  return {
    changed: true,
    action: "update",
    type: "file_ops.copy",
    name: "/etc/hosts",
    changes: [{ property: "mode", from: "0600", to: "0644" }],
    message: "updated: mode",
    predicted: false,
    carried: false,
    ...over,
  };
}

export function resourceDone(
  over: Partial<Outcome> = {},
  event: Partial<EventOf<"resource_done">> = {},
): EventOf<"resource_done"> {
  const done = outcome(over);
  return {
    type: "resource_done",
    task: "web",
    host: "local",
    address: `file:${done.name}`,
    outcome: done,
    location: { file: "site.lua", line: 14 },
    durationMs: 12.3456,
    sensitive: false,
    ...event,
  };
}

const error = { code: "E_ACCESS", message: "site.lua:14: file_ops.copy: /etc/hosts: permission denied" };

/** One of each at least: what documentation, the JSON schema and the readers are tested with. */
export const samples: { readonly [T in RunEventType]: readonly EventOf<T>[] } = {
  run_started: [
    {
      type: "run_started",
      mode: "apply",
      stack: "web",
      workflow: "web",
      script: "site.lua",
      run: 3,
      tasks: [{ name: "a", dependsOn: [] }],
    },
    { type: "run_started", mode: "plan", stack: "web", workflow: "web", script: "-", run: null, tasks: [] },
  ],
  tasks_known: [{ type: "tasks_known", tasks: [{ name: "a", dependsOn: ["b"] }] }],
  interrupted_run: [{ type: "interrupted_run", run: 2, inFlight: ["file:/etc/hosts"], message: "run 2 was cut off" }],
  mistake: [{ type: "mistake", location: { file: "site.lua", line: 14 }, error }],
  task_started: [{ type: "task_started", task: "web", attempt: 1 }],
  resource_started: [
    { type: "resource_started", task: "web", host: "local", resource: "file_ops.copy", name: "/etc/hosts" },
  ],
  resource_done: [
    resourceDone(),
    resourceDone({ action: "none", changed: false, changes: [] }),
    resourceDone({ action: "create", predicted: true, unknown: "make was not run" }),
    resourceDone({ changes: [{ property: "x", from: null, to: [1n << 60n, new Uint8Array([255]), { a: true }] }] }),
    resourceDone(
      {},
      { text: { path: "/etc/x", before: null, after: "a\n" }, cause: "both", sensitive: true, host: "web1" },
    ),
  ],
  resource_failed: [
    { type: "resource_failed", task: "web", host: "local", resource: "file_ops.copy", name: "/etc/hosts", error },
  ],
  progress: [
    { type: "progress", task: "web", host: "web1", resource: "file_ops.copy", bytes: 1 << 20, total: 600 << 20 },
    { type: "progress", task: "web", host: "local", resource: "file_ops.copy", bytes: 1, total: null },
  ],
  output: [{ type: "output", task: "web", stream: "print", text: "hello\n" }],
  log: [{ type: "log", task: "web", level: "warn", message: "slow", fields: { ms: 12, host: "db1" } }],
  notice: [{ type: "notice", task: "web", message: "os.execute is not done in plan" }],
  unpredictable: [
    { type: "unpredictable", task: "web", location: { file: "site.lua", line: 30 }, reason: "make is only planned" },
  ],
  task_retry: [{ type: "task_retry", task: "web", attempt: 1, delayMs: 5000, error }],
  task_done: [
    { type: "task_done", task: "web", result: "ok", durationMs: 5 },
    { type: "task_done", task: "web", result: "failed", error: { ...error, source: "file_ops.copy{" }, durationMs: 5 },
    { type: "task_done", task: "web", result: "skipped", reason: "it depends on db, which failed", durationMs: 0 },
  ],
  run_done: [
    runDone(),
    runDone({
      ok: false,
      counts: { ...noCounts, failed: 1 },
      tasks: { ...noTasks, failed: 1 },
      hosts: [
        { host: "web1", unreachable: true, counts: { ...noCounts, failed: 1 }, tasks: { ...noTasks, failed: 1 } },
      ],
      error,
    }),
  ],
};
