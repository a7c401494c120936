import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { needs } from "../support/needs.ts";
import { inTerminal } from "../support/terminal.ts";

const source = resolve(import.meta.dir, "../../src");

/** A program of ours, as source. */
const program = (text: string) => [process.execPath, "-e", text];

const reporting = program(`
  import { createReporter } from "${source}/report/reporter.ts";
  import { openSink } from "${source}/report/sink.ts";
  const [stdout, stderr] = [openSink(1), openSink(2)];
  const reporter = await createReporter({ output: "human", verbosity: "normal", diff: false, stdout, stderr, env: process.env });
  reporter.emit({ type: "output", task: "main", stream: "print", text: "half... " });
  reporter.emit({ type: "log", task: "main", level: "error", message: "no", fields: null });
  reporter.emit({ type: "task_done", task: "db", result: "skipped", reason: "columns " + stderr.columns, durationMs: 0 });
  await reporter.close();
`);

describe("in a real terminal", () => {
  test("both streams share their lines, in colour, at the terminal's width", async () => {
    expect(await inTerminal(reporting)).toEqual({
      code: 0,
      text: "half... \n\u001b[31merror:\u001b[39m no\n\u001b[33mtask db skipped: columns 80\u001b[39m\n",
    });
  });
  test("NO_COLOR and TERM=dumb are plain", async () => {
    const plain = { code: 0, text: "half... \nerror: no\ntask db skipped: columns 80\n" };
    expect(await inTerminal(reporting, undefined, { NO_COLOR: "1" })).toEqual(plain);
    expect(await inTerminal(reporting, undefined, { TERM: "dumb" })).toEqual(plain);
  });
});

describe("a question", () => {
  const asking = program(`
    import { askOnTerminal } from "${source}/cli/ask.ts";
    import { openSink } from "${source}/report/sink.ts";
    const answer = await askOnTerminal("Remove it? [y/N] ", openSink(2));
    console.log(JSON.stringify({ answer }));
  `);
  // Only in a session whose terminal it is do keys become signals.
  const own = Bun.which("setsid") === null ? [] : ["setsid", "--ctty", "--wait"];
  const answers = (typed: string) => inTerminal([...own, ...asking], { until: "[y/N] ", typed });

  test("is answered by a line", async () => {
    expect(await answers("yes\n")).toEqual({ code: 0, text: 'Remove it? [y/N] yes\n{"answer":"yes"}\n' });
  });
  test("is answered by nothing at the end of input", async () => {
    expect((await answers("\u0004")).text).toContain('{"answer":""}');
  });
  needs(own.length > 0, "setsid")("does not keep Ctrl-C from ending us", async () => {
    expect((await answers("\u0003")).text).toBe("Remove it? [y/N] ^C");
  });
  test("is not asked without a terminal", () => {
    const { stdout, stderr } = Bun.spawnSync(asking);
    expect(stdout.toString() + stderr.toString()).toBe("{}\n");
  });
});
