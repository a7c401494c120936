import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const env = { PATH: process.env["PATH"] ?? "" };

/** Starts a run of a command that tells its process number, and waits until it does. */
async function started(directory: string, command: string) {
  const file = join(directory, "site.lua");
  const lua = `file_ops.copy{ content = "x", dest = "${directory}/a" }\nexec.run{ cmd = [[${command}]], cwd = "${directory}" }`;
  writeFileSync(file, `workflow{ name = "site" }\n${lua}\nfile_ops.copy{ content = "x", dest = "${directory}/never" }`);
  const child = Bun.spawn([BINARY, "run", file, "--db", join(directory, "s.db")], {
    env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const at = join(directory, "pid");
  while (!existsSync(at) || readFileSync(at, "utf8") === "") await Bun.sleep(10);
  return { child, pid: Number(readFileSync(at, "utf8")) };
}

function isAlive(pid: number): boolean {
  const stat = run(["sh", "-c", `cut -d' ' -f3 /proc/${pid}/stat 2>/dev/null`]).stdout.trim();
  return stat !== "" && stat !== "Z";
}

function history(directory: string): unknown {
  return JSON.parse(
    run([BINARY, "stack", "history", "site", "--db", join(directory, "s.db"), "--output", "json"]).stdout,
  );
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends what is at work, completes the record and ends with %d", async (signal, code) => {
  using directory = temporaryDirectory();
  const { child, pid } = await started(directory.path, "echo $$ > pid; exec sleep 60");
  child.kill(signal);
  expect(await child.exited).toBe(code);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(directory.path, "never"))).toBe(false);
  expect(history(directory.path)).toMatchObject({
    runs: [{ number: 1, status: "interrupted", error: `interrupted by ${signal}` }],
  });
  const db = ["--db", join(directory.path, "s.db")];
  expect(run([BINARY, "stack", "verify", "site", ...db]).code).toBe(0);
  expect(run([BINARY, "stack", "show", "site", ...db]).stdout).toMatch(/Status: +interrupted/);
});

test("the second one ends it at once, and takes along what would not end", async () => {
  using directory = temporaryDirectory();
  const { child, pid } = await started(directory.path, "trap '' TERM; echo $$ > pid; sleep 60; sleep 60");
  child.kill("SIGINT");
  await Bun.sleep(200);
  const before = performance.now();
  child.kill("SIGINT");
  await child.exited;
  expect(performance.now() - before).toBeLessThan(2000);
  expect(child.signalCode).toBe("SIGINT");
  for (const until = performance.now() + 2000; isAlive(pid) && performance.now() < until;) await Bun.sleep(10);
  expect(isAlive(pid)).toBe(false);
  writeFileSync(join(directory.path, "site.lua"), 'workflow{ name = "site" }');
  const next = run([BINARY, "run", "site.lua", "--db", "s.db"], { cwd: directory.path });
  expect(next).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/run 1, begun [^,]+, never ended[\s\S]*action:trap/),
  });
});
