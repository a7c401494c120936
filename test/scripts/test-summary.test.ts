import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { count } from "../../scripts/test-summary.mjs";
import { temporaryDirectory } from "../support/temporary.ts";

test("counts what bun writes about tests that pass, fail and are skipped", () => {
  using dir = temporaryDirectory();
  const source = `import { test } from "bun:test";
    test("fine", () => {});
    test("bad & <worse>", () => { throw new Error("no"); });
    test.skip("later (needs root)", () => {});`;
  writeFileSync(join(dir.path, "a.test.ts"), source);
  const argv = [process.execPath, "test", "--reporter=junit", "--reporter-outfile=results.xml"];
  Bun.spawnSync(argv, { cwd: dir.path, stdout: "ignore", stderr: "ignore" });

  expect(count([join(dir.path, "results.xml")])).toEqual({
    passed: ["fine"],
    failed: ["bad & <worse>"],
    skipped: ["later (needs root)"],
  });
});
