import { describe, expect, test } from "bun:test";
import type { RunEvent } from "../../src/engine/events.ts";
import { createReporter, type ReporterOptions } from "../../src/report/reporter.ts";
import { textSink } from "../../src/report/sink.ts";
import { noCounts, noTasks, resourceDone, runDone, samples } from "../support/events.ts";

async function told(
  events: readonly RunEvent[],
  options: Partial<ReporterOptions> = {},
): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [textSink(), textSink()];
  const defaults = { output: "human", verbosity: "normal", diff: false, env: {}, stdout, stderr } as const;
  const reporter = await createReporter({ ...defaults, ...options });
  for (const event of events) reporter.emit(event);
  await reporter.close();
  return { stdout: stdout.text(), stderr: stderr.text() };
}

const stdoutOf = async (events: readonly RunEvent[], options?: Partial<ReporterOptions>) =>
  (await told(events, options)).stdout;

test("a run: a line for each change, properties of updates, nothing of what is unchanged, counts last", async () => {
  const counts = { ...noCounts, created: 1, updated: 1, deleted: 1, ran: 1, unchanged: 8, failed: 1 };
  const events: readonly RunEvent[] = [
    resourceDone({ action: "create", name: "/a" }),
    resourceDone({ action: "update", name: "/b" }, { cause: "drift" }),
    resourceDone({ action: "delete", name: "/c" }),
    resourceDone({ action: "run", type: "systemd.restart", name: "nginx.service", changes: [] }, { task: "db" }),
    resourceDone({ action: "none", changed: false, name: "/d", changes: [] }),
    ...samples.resource_failed,
    runDone({ ok: false, counts, durationMs: 1234 }),
  ];
  expect(await told(events)).toEqual({
    stdout: `task web
+ file_ops.copy /a
~ file_ops.copy /b (the machine drifted)
    mode: 0600 -> 0644
- file_ops.copy /c
task db
~ systemd.restart nginx.service
task web
! file_ops.copy /etc/hosts
12 resources: 1 created, 1 updated, 1 removed, 8 unchanged, 1 failed; 1 action run (1.2 s)
`,
    stderr: "site.lua:14: file_ops.copy: /etc/hosts: permission denied\n",
  });
});

test("what has to make room for something that is made is told, though nothing else of it is", async () => {
  const changes = [
    { property: "status", from: null, to: "installed" },
    { property: "removes", from: null, to: ["lab-app"] },
  ];
  const event = resourceDone(
    { action: "create", predicted: true, type: "pkg.install", name: "rival", changes },
    { task: "main" },
  );
  expect((await told([event])).stdout).toBe('+ pkg.install rival (would be created)\n    removes: ["lab-app"]\n');
});

test("a plan says what would be and what nobody can know", async () => {
  const events: readonly RunEvent[] = [
    ...samples.run_started.filter((event) => event.mode === "plan"),
    resourceDone({ action: "create", predicted: true, name: "/a" }, { task: "main" }),
    resourceDone({ action: "run", predicted: true, type: "exec.run", name: "make", changes: [] }, { task: "main" }),
    resourceDone({ action: "update", predicted: true, unknown: "make is only planned", changes: [] }, { task: "main" }),
    { type: "notice", task: "main", message: "os.remove('/x') is not done in plan" },
    { type: "notice", task: "main", host: "web1", message: "web1: sent a build of 60 MB" },
    ...samples.unpredictable,
    { type: "task_done", task: "web", result: "unpredictable", reason: "make is only planned", durationMs: 0 },
    { type: "task_done", task: "late", result: "unpredictable", reason: "it depends on web", durationMs: 0 },
    runDone({ mode: "plan", counts: { ...noCounts, created: 1, ran: 1, unknown: 1 }, durationMs: 110 }),
  ];
  expect(await told(events)).toEqual({
    stdout: `+ file_ops.copy /a (would be created)
~ exec.run make (would be run)
~ file_ops.copy /etc/hosts (cannot be predicted: make is only planned)
os.remove('/x') is not done in plan
task web
? cannot be predicted from site.lua:30 on: make is only planned
task late cannot be predicted: it depends on web
2 resources: 1 would be created, 1 cannot be predicted; 1 action would be run (0.1 s)
`,
    stderr: "web1: sent a build of 60 MB\n",
  });
});

test("what is carried from an earlier attempt is told though nothing is left to do", async () => {
  const carried = resourceDone({ action: "none", carried: true, changes: [] }, { task: "main" });
  expect(await stdoutOf([carried])).toBe("= file_ops.copy /etc/hosts (changed by an earlier attempt, told again)\n");
});

describe("verbosity", () => {
  const events = Object.values(samples).flat();

  test("verbose shows what is unchanged, and where each was said", async () => {
    const unchanged = resourceDone({ action: "none", changed: false, changes: [] }, { task: "main" });
    expect(await stdoutOf([unchanged], { verbosity: "verbose" })).toBe(
      "= file_ops.copy /etc/hosts (site.lua:14, 12 ms)\n",
    );
  });
  test("quiet leaves what failed and what the workflow itself prints", async () => {
    expect(await told(events, { verbosity: "quiet" })).toEqual({
      stdout: "! file_ops.copy /etc/hosts\n(in plan) hello\n",
      stderr: `run 2 was cut off
  file:/etc/hosts
site.lua:14: file_ops.copy: /etc/hosts: permission denied
warn: slow ms=12 host=db1
task web: attempt 1 failed, the next one starts in 5.0 s
`,
    });
  });
  test("a progress bar is the line it ended as", async () => {
    const bar: RunEvent = { type: "output", task: "main", stream: "stderr", text: "10 %\r55 %\r100 %\r\ndone\r\n" };
    expect((await told([bar], { verbosity: "verbose" })).stderr).toBe("  ! 100 %\n  ! done\n");
  });
  test("a command's output is shown line by line when verbose, however it comes", async () => {
    const piece = (text: string, task = "web"): RunEvent => ({ type: "output", task, stream: "stdout", text });
    const pieces = [piece("one\ntw"), piece("other\n", "db"), piece("o\nend"), ...samples.task_started];
    expect((await told(pieces)).stderr).toBe("");
    expect((await told(pieces, { verbosity: "verbose" })).stderr).toBe("  | one\n  | other\n  | two\n  | end\n");
  });
});

test("three tasks that fail alike are three failed tasks, and the last line counts them", async () => {
  const error = { code: "E_LUA", message: "site.lua:3: no" };
  const failed = ["a", "b", "c"].map((task): RunEvent => ({
    type: "task_done",
    task,
    result: "failed",
    error,
    durationMs: 1,
  }));
  const tasks = { ...noTasks, failed: 3, ok: 1, skipped: 1 };
  expect(await told([...failed, runDone({ ok: false, tasks })])).toEqual({
    stdout: `! task a failed
! task b failed, as task a did
! task c failed, as task a did
no resources; 3 of 5 tasks failed, 1 skipped (1.2 s)
`,
    stderr: "site.lua:3: no\n",
  });
});

test("what tasks and hosts print at the same time stands under each of them", async () => {
  const print = (task: string, text: string): RunEvent => ({ type: "output", task, stream: "print", text });
  const events = [
    print("t@web1", "one\n"),
    print("t@web2", "half"),
    print("t@web1", "two\n"),
    print("t@web1", "three\n"),
  ];
  expect(await stdoutOf(events)).toBe("task t@web1\none\ntask t@web2\nhalf\ntask t@web1\ntwo\nthree\n");
});

test("why a host is not reached is told once; each call on it and each host is shown", async () => {
  const lost = (task: string, line: number): readonly RunEvent[] => {
    const message = `site.lua:${line}: file_ops.copy: web1: cannot be reached`;
    const error = { code: "E_HOST_UNREACHABLE", message, host: "web1" };
    const call = { task, host: "web1", resource: "file_ops.copy", name: `/${task}`, error };
    return [
      { type: "resource_failed", ...call },
      { type: "task_done", task, result: "failed", error, durationMs: 1 },
    ];
  };
  const counts = { ...noCounts, failed: 2 };
  const hosts = [
    { host: "web1", unreachable: true, counts, tasks: { ...noTasks, failed: 2 } },
    { host: "local", unreachable: false, counts: { ...noCounts, created: 1 }, tasks: { ...noTasks, ok: 1 } },
  ];
  const end = runDone({ ok: false, counts: { ...counts, created: 1 }, tasks: { ...noTasks, ok: 1, failed: 2 }, hosts });
  expect(await told([...lost("a", 1), ...lost("b", 2), end])).toEqual({
    stdout: `task a
! file_ops.copy /a on web1
task b
! file_ops.copy /b on web1
web1:         unreachable; 2 resources: 2 failed; 2 of 2 tasks failed
this machine: 1 resource: 1 created
3 resources: 1 created, 2 failed; 2 of 3 tasks failed; 1 of 2 hosts failed (1 unreachable) (1.2 s)
`,
    stderr: "site.lua:1: file_ops.copy: web1: cannot be reached\n",
  });
});

test("a problem is explained once, with its source line, however many events carry it", async () => {
  const error = { code: "E_ACCESS", message: "site.lua:14: no", source: "  file_ops.copy{dest = 1}" };
  const events: readonly RunEvent[] = [
    { type: "resource_failed", task: "web", host: "web1", resource: "file_ops.copy", name: "/a", error },
    { type: "task_done", task: "web", result: "failed", error, durationMs: 1 },
    {
      type: "task_done",
      task: "db",
      result: "failed",
      error: { code: "E_LUA", message: "site.lua:20: nil" },
      durationMs: 1,
    },
  ];
  expect(await told(events)).toEqual({
    stdout: "task web\n! file_ops.copy /a on web1\n! task db failed\n",
    stderr: "site.lua:14: no\n    | file_ops.copy{dest = 1}\nsite.lua:20: nil\n",
  });
});

test("tasks at work at the same time never seem to say each other's lines", async () => {
  const made = (task: string, name: string): RunEvent => resourceDone({ action: "create", name }, { task });
  const skipped: RunEvent = {
    type: "task_done",
    task: "c",
    result: "skipped",
    reason: "it depends on b",
    durationMs: 0,
  };
  const log: RunEvent = { type: "log", task: "b", level: "info", message: "m", fields: null };
  const both = textSink();
  const events = [made("a", "/1"), made("b", "/2"), made("a", "/3"), skipped, made("a", "/4"), log, made("b", "/5")];
  await told(events, { stdout: both, stderr: both });
  expect(both.text()).toBe(`task a
+ file_ops.copy /1
task b
+ file_ops.copy /2
task a
+ file_ops.copy /3
task c skipped: it depends on b
task a
+ file_ops.copy /4
task b
info: m
+ file_ops.copy /5
`);
});

test("text differences are shown when asked for", async () => {
  const text = { path: "/etc/hosts", before: "a\nb\n", after: "a\nc\tc\n" };
  const events = [
    resourceDone({}, { task: "main", text }),
    resourceDone({ action: "create" }, { task: "main", text: { path: "/etc/hosts", before: null, after: "x" } }),
    resourceDone({ action: "delete" }, { task: "main", text: { path: "/etc/hosts", before: "x\n", after: null } }),
  ];
  expect(await stdoutOf(events, { diff: true })).toBe(`~ file_ops.copy /etc/hosts
    mode: 0600 -> 0644
--- /etc/hosts
+++ /etc/hosts
@@ -1,2 +1,2 @@
 a
-b
+c\tc
+ file_ops.copy /etc/hosts
--- /dev/null
+++ /etc/hosts
@@ -0,0 +1,1 @@
+x
\\ No newline at end of file
- file_ops.copy /etc/hosts
--- /etc/hosts
+++ /dev/null
@@ -1,1 +0,0 @@
-x
`);
  expect(await stdoutOf(events)).not.toContain("@@");
});

test("two large texts with nothing in common are counted, not compared for minutes", async () => {
  const lines = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join("");
  const event = resourceDone(
    {},
    { task: "main", text: { path: "/etc/hosts", before: lines("old"), after: lines("new") } },
  );
  expect(await stdoutOf([event], { diff: true })).toEndWith("(20000 lines become 20000)\n");
});

test("no name can forge a line or send codes to the terminal", async () => {
  const evil = "a\n+ file_ops.copy /ok\u001b[31m\u202e\udcff";
  const events: readonly RunEvent[] = [
    resourceDone({ name: evil, changes: [{ property: evil, from: evil, to: evil }] }, { task: evil }),
    { type: "log", task: evil, level: "warn", message: "m\u001b[2J", fields: { [evil]: evil } },
    { type: "task_done", task: evil, result: "skipped", reason: evil, durationMs: 0 },
  ];
  const { stdout, stderr } = await told(events, { verbosity: "verbose" });
  expect(stdout.split("\n").filter((line) => line.startsWith("+"))).toEqual([]);
  expect(stdout + stderr).toMatch(/^[\n\x20-\x7e]*$/);
});

test("colour is on a terminal, or where it is forced", async () => {
  const event = resourceDone({ action: "create", changes: [] }, { task: "main" });
  expect(await stdoutOf([event])).toBe("+ file_ops.copy /etc/hosts\n");
  expect(await stdoutOf([event], { env: { FORCE_COLOR: "1" } })).toBe(
    "\u001b[32m+\u001b[39m file_ops.copy /etc/hosts\n",
  );
});

test("a line never continues what was printed without a newline", async () => {
  const print: RunEvent = { type: "output", task: "main", stream: "print", text: "working... " };
  expect(await stdoutOf([print, resourceDone({ action: "create" }, { task: "main" })])).toBe(
    "working... \n+ file_ops.copy /etc/hosts\n",
  );
});
