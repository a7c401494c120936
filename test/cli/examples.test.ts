import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { BINARY, run } from "../support/binary.ts";

const root = resolve(import.meta.dir, "../..");
const workflows = [...new Bun.Glob("examples/**/*.lua").scanSync(root)];

test.each(workflows)("%s has no mistakes", (file) => {
  expect(run([BINARY, "check", file], { cwd: root })).toMatchObject({ code: 0, stderr: "" });
});

test("every example says in its first line what it is", () => {
  expect(readdirSync(join(root, "examples")).length).toBeGreaterThan(0);
  for (const file of workflows) expect(run(["head", "-n", "1", file], { cwd: root }).stdout).toMatch(/^-- [A-Z].*\.$/m);
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
