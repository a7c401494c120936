import { expect, test } from "bun:test";
import { appendFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";

const root = resolve(import.meta.dir, "../..");
const workflows = [...new Bun.Glob("examples/**/*.lua").scanSync(root)];

test.each(workflows)("%s has no mistakes", (file) => {
  expect(run([BINARY, "check", file], { cwd: root })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("no mistakes"),
  });
});

test("every example says in its first line what it is", () => {
  expect(readdirSync(join(root, "examples")).length).toBeGreaterThan(0);
  for (const file of workflows) expect(run(["head", "-n", "1", file], { cwd: root }).stdout).toMatch(/^-- [A-Z].*\.$/m);
});

test("the custom resource is made once, and drift of it is found by its own probe", () => {
  const dir = temporaryDirectory();
  const db = ["--db", join(dir, "s.db")];
  const start = () =>
    run([BINARY, "run", "examples/custom-resource/sloth.lua", "--set", `root=${dir}/root`, ...db], { cwd: root });
  expect(start()).toMatchObject({ code: 0, stdout: expect.stringContaining("1 action run") });
  expect(start()).toMatchObject({ code: 0, stdout: expect.stringContaining("of version 1.0 already") });

  const env = { PATH: `${dirname(BINARY)}:${process.env["PATH"]}`, SLOTH_RUNNER_DB: join(dir, "s.db") };
  const night = (...stacks: string[]) => run(["sh", "examples/drift-in-ci/drift.sh", ...stacks], { cwd: root, env });
  expect(night("custom-resource")).toMatchObject({ code: 0 });
  appendFileSync(join(dir, "root/docs-1.0.tar"), "by hand");
  expect(night("custom-resource")).toMatchObject({ code: 2, stdout: expect.stringContaining("1 drifted") });
  expect(night("custom-resource", "unknown")).toMatchObject({ code: 1 });
});

test("the demo creates, changes nothing, and puts back what was changed by hand, in a moment", () => {
  const { code, stdout } = run([process.execPath, "scripts/demo.ts"], { cwd: root });
  expect(code).toBe(0);
  const counts = [...stdout.matchAll(/^\d+ resources: (.*) \(/gm)].map(([, count]) => count);
  expect(counts).toEqual([
    "5 created, 1 unchanged",
    "6 unchanged",
    "1 would be updated, 5 unchanged",
    "1 updated, 5 unchanged",
  ]);
}, 120_000);
