import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "../support/temporary.ts";

const reporter = resolve(import.meta.dir, "../../src/report/reporter.ts");
const sink = resolve(import.meta.dir, "../../src/report/sink.ts");

/** A run of 20,000 prints on each of the outputs, that writes a file at its end. */
const program = `
  import { createReporter } from "${reporter}";
  import { openSink } from "${sink}";
  const reporter = await createReporter({
    output: process.argv[1], verbosity: "normal", diff: false, env: {}, stdout: openSink(1), stderr: openSink(2),
  });
  for (let i = 0; i < 20_000; i++) {
    reporter.emit({ type: "output", task: "main", stream: "print", text: "line " + i + "\\n" });
    reporter.emit({ type: "log", task: "main", level: "warn", message: "warning " + i, fields: null });
    if (i % 1000 === 0) await Bun.sleep(1);
  }
  await reporter.close();
  await Bun.write(process.argv[2], "done");
`;

/** Runs it inside a shell line; $RUN is the command. */
function shell(line: string, output: string): { readonly finished: boolean; readonly text: string } {
  using directory = temporaryDirectory();
  const done = join(directory.path, "done");
  const out = join(directory.path, "out");
  const run = `"$1" -e "$2" "$3" "$4"`;
  Bun.spawnSync([
    "sh",
    "-c",
    line.replace("$RUN", run).replace("$OUT", out),
    "sh",
    process.execPath,
    program,
    output,
    done,
  ]);
  return { finished: existsSync(done), text: existsSync(out) ? readFileSync(out, "utf8") : "" };
}

test.each(["human", "json"])("a run finishes its work when nobody reads its %s output any more", (output) => {
  expect(shell("($RUN 2>&1) | head -1 > $OUT", output)).toMatchObject({ finished: true });
  expect(shell("$RUN 2>/dev/null | true", output)).toMatchObject({ finished: true });
});

test("a slow reader gets every line", () => {
  const { text, finished } = shell("$RUN 2>/dev/null | (sleep 0.3; cat) > $OUT", "human");
  expect(finished).toBe(true);
  expect(text).toBe(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(""));
});

test("both streams in one file keep their order", () => {
  const { text } = shell("$RUN > $OUT 2>&1", "human");
  expect(text).toBe(Array.from({ length: 20_000 }, (_, i) => `line ${i}\nwarn: warning ${i}\n`).join(""));
});
