import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const env = { PATH: process.env["PATH"] ?? "" };

function start(directory: string, lua: string, flags: readonly string[] = [], name = "site") {
  const file = join(directory, `${name}.lua`);
  writeFileSync(file, `workflow{ name = "${name}" }\n${lua}`);
  const argv = [BINARY, "run", file, "--db", join(directory, "s.db"), ...flags];
  return Bun.spawn(argv, { cwd: directory, env, stdout: "pipe", stderr: "pipe" });
}

const ENTER = `exec.run{ cmd = "mkdir inside && sleep 0.05 && rmdir inside && echo in >> log" }`;

/** Until the test says so. */
const WAIT = "while ! test -e go; do sleep 0.05; done";

test("twenty runs of one stack at once: one after another with --lock-timeout", async () => {
  using directory = temporaryDirectory();
  const runs = Array.from({ length: 20 }, () => start(directory.path, ENTER, ["--lock-timeout", "2m"]));
  expect(await Promise.all(runs.map((one) => one.exited))).toEqual(runs.map(() => 0));
  expect(readFileSync(join(directory.path, "log"), "utf8")).toBe("in\n".repeat(20));
}, 600_000);

test("without it the second ends with 75 and names the holder; another stack is not kept waiting", async () => {
  using directory = temporaryDirectory();
  const first = start(directory.path, `exec.run{ cmd = "touch begun; ${WAIT}" }`);
  while (!existsSync(join(directory.path, "begun"))) await Bun.sleep(10);
  const second = start(directory.path, ENTER);
  expect(await second.exited).toBe(75);
  expect(await second.stderr.text()).toContain(`pid ${first.pid}`);
  const other = start(directory.path, `exec.run{ cmd = "true" }`, [], "other");
  expect(await other.exited).toBe(0);
  expect(first.exitCode).toBe(null);
  writeFileSync(join(directory.path, "go"), "");
  expect(await first.exited).toBe(0);
}, 120_000);

test("a run that is killed lets go at once, and the next one waits for the command it left", async () => {
  using directory = temporaryDirectory();
  const killed = start(directory.path, `exec.run{ cmd = "touch begun; ${WAIT}; echo left >> log" }`);
  while (!existsSync(join(directory.path, "begun"))) await Bun.sleep(10);
  killed.kill("SIGKILL");
  await killed.exited;
  const next = start(directory.path, `exec.run{ cmd = "echo next >> log" }`);
  let said = "";
  for await (const part of next.stderr.pipeThrough(new TextDecoderStream())) {
    said += part;
    if (/\(process group \d+\), left by a run that was killed, is still at work/.test(said))
      writeFileSync(join(directory.path, "go"), "");
  }
  expect(await next.exited).toBe(0);
  expect(readFileSync(join(directory.path, "log"), "utf8")).toBe("left\nnext\n");
  const third = start(directory.path, `exec.run{ cmd = "true" }`);
  expect(await third.exited).toBe(0);
  expect(await third.stderr.text()).not.toContain("left by a run");
  expect(run([BINARY, "stack", "verify", "site", "--db", join(directory.path, "s.db")]).code).toBe(0);
}, 120_000);
