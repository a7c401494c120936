import { afterEach, expect, jest, test } from "bun:test";
import { liveStatus } from "../../src/report/live.ts";
import { createScreen } from "../../src/report/screen.ts";
import { textSink, type Sink } from "../../src/report/sink.ts";
import { palette, wantsColour, wantsLive } from "../../src/report/style.ts";

/** One terminal that both streams write to; its width may change. */
function terminal(columns: number | undefined) {
  const sink = textSink();
  const size = { columns };
  const stream: Sink = {
    write: (text) => sink.write(text),
    drain: () => Promise.resolve(),
    terminal: true,
    get columns() {
      return size.columns;
    },
  };
  return { stream, size, text: () => sink.text() };
}

test("the status line gives way to lines and comes back below them", () => {
  const { stream, text } = terminal(80);
  const screen = createScreen(stream, stream);
  screen.status("working");
  screen.line("stdout", "done: a");
  screen.status("working");
  screen.status("working");
  screen.status(undefined);
  expect(text()).toBe("working\r\u001b[Jdone: a\nworking\r\u001b[J");
});

test("nothing is written over a question, and what was told meanwhile comes behind it", () => {
  const { stream, text } = terminal(80);
  const screen = createScreen(stream, stream);
  screen.status("working");
  const quiet = screen.hush();
  stream.write("PIN: ");
  screen.status("still working");
  screen.line("stderr", "a warning");
  screen.write("stdout", "half ");
  stream.write("\n");
  expect(text()).toBe("working\r\u001b[JPIN: \n");
  quiet[Symbol.dispose]();
  expect(text()).toEndWith("PIN: \na warning\nhalf ");
});

test("it is cut to the width, and erased whole where the terminal became narrower", () => {
  const { stream, size, text } = terminal(30);
  const screen = createScreen(stream, stream);
  screen.status("0123456789012345678901234567890123456789");
  size.columns = 20;
  screen.status(undefined);
  expect(text()).toBe("01234567890123456789012345…\u001b[1A\r\u001b[J");
});

test("wide characters count as wide", () => {
  const { stream, text } = terminal(24);
  createScreen(stream, stream).status("日".repeat(40));
  expect(Bun.stringWidth(text())).toBeLessThan(24);
});

test.each([undefined, 0, 5])("a terminal %p columns wide has no status line", (columns) => {
  const { stream, text } = terminal(columns);
  createScreen(stream, stream).status("working");
  expect(text()).toBe("");
});

test("it waits while somebody's own line is unfinished, and the next line starts on a new one", () => {
  const { stream, text } = terminal(80);
  const screen = createScreen(stream, stream);
  screen.write("stdout", "50 %... ");
  screen.status("working");
  screen.line("stderr", "warn: slow");
  expect(text()).toBe("50 %... \nwarn: slow\n");
});

test("streams that do not share a terminal do not share lines", () => {
  const [stdout, stderr] = [textSink(), textSink()];
  const screen = createScreen(stdout, stderr);
  screen.write("stdout", "50 %... ");
  screen.line("stderr", "warn: slow");
  expect([stdout.text(), stderr.text()]).toEqual(["50 %... ", "warn: slow\n"]);
});

afterEach(() => jest.useRealTimers());

test("what runs for more than a second is shown with its time, and goes when it ends", () => {
  jest.useFakeTimers();
  const { stream, text } = terminal(120);
  let now = 0;
  const live = liveStatus(createScreen(stream, stream), () => now);
  const pass = (ms: number): void => {
    now += ms;
    jest.advanceTimersByTime(ms);
  };
  const nginx = { task: "web", host: "local", resource: "pkg.install", name: "nginx" } as const;
  live.note({ type: "task_started", task: "web", attempt: 1 });
  live.note({ type: "resource_started", ...nginx });
  pass(900);
  expect(text()).toBe("");
  pass(600);
  expect(text()).toBe("[1 s] 0 done, 1 running: web: pkg.install nginx 1 s");
  const error = { code: "E", message: "" };
  live.note({ type: "resource_failed", ...nginx, error });
  pass(500);
  expect(text()).toEndWith("\r\u001b[J[2 s] 1 done, 1 running: task web 2 s");
  live.note({ type: "task_done", task: "web", result: "ok", durationMs: 2 });
  live.close();
  expect(text()).toEndWith("task web 2 s\r\u001b[J");
});

test("the status line names the task, how many of how many, and the bytes of a long copy", () => {
  jest.useFakeTimers();
  const { stream, text } = terminal(120);
  let now = 0;
  const live = liveStatus(createScreen(stream, stream), () => now);
  const pass = (ms: number): void => {
    now += ms;
    jest.advanceTimersByTime(ms);
  };
  const edges = ["a", "b", "c"].map((name) => ({ name, dependsOn: [] }));
  live.note({ type: "tasks_known", tasks: edges });
  for (const task of ["main", "a"]) {
    live.note({ type: "task_started", task, attempt: 1 });
    live.note({ type: "task_done", task, result: "ok", durationMs: 1 });
  }
  live.note({ type: "task_started", task: "b", attempt: 1 });
  const copy = { task: "b", host: "local", resource: "file_ops.copy" } as const;
  live.note({ type: "resource_started", ...copy, name: "/big" });
  live.note({ type: "progress", ...copy, bytes: 120e6, total: 600e6 });
  pass(2_000);
  expect(text()).toEndWith("[2 s] task 2 of 3: b: file_ops.copy /big 120 of 600 MB 2 s");
  live.note({ type: "task_started", task: "c", attempt: 1 });
  pass(1_000);
  expect(text()).toEndWith("[3 s] 1 of 3 tasks done, 2 running: b: file_ops.copy /big 120 of 600 MB 3 s, task c 1 s");
  live.close();
});

test("colour and status line follow the terminal and the environment", () => {
  const [screen, file] = [terminal(80).stream, textSink()];
  const term = { TERM: "xterm" };
  expect(wantsColour(screen, term)).toBe(true);
  expect(wantsColour(file, term)).toBe(false);
  expect(wantsColour(screen, { ...term, NO_COLOR: "1" })).toBe(false);
  expect(wantsColour(screen, { ...term, NO_COLOR: "" })).toBe(true);
  expect(wantsColour(screen, { TERM: "dumb" })).toBe(false);
  expect(wantsColour(file, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(true);
  expect(wantsColour(screen, { ...term, FORCE_COLOR: "0" })).toBe(false);
  expect(wantsLive(screen, term)).toBe(true);
  expect(wantsLive(file, term)).toBe(false);
  expect(wantsLive(screen, { TERM: "dumb" })).toBe(false);
  expect(wantsLive(screen, {})).toBe(false);
  expect(wantsLive(screen, { ...term, CI: "true" })).toBe(false);
  expect(palette(false).red("x")).toBe("x");
});
