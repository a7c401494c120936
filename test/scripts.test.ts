import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count } from "../scripts/test-summary.mjs";

test("counts what bun writes about tests that pass, fail and are skipped", () => {
  const dir = mkdtempSync(join(tmpdir(), "summary-"));
  try {
    const source = `import { test } from "bun:test";
      test("fine", () => {});
      test("bad & <worse>", () => { throw new Error("no"); });
      test.skip("later (needs root)", () => {});`;
    writeFileSync(join(dir, "a.test.ts"), source);
    const argv = [process.execPath, "test", "--reporter=junit", "--reporter-outfile=results.xml"];
    Bun.spawnSync(argv, { cwd: dir, stdout: "ignore", stderr: "ignore" });

    expect(count([join(dir, "results.xml")])).toEqual({
      passed: ["fine"],
      failed: ["bad & <worse>"],
      skipped: ["later (needs root)"],
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
