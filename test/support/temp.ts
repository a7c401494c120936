import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const all = new Set<string>();
let ofTest = new Set<string>();

/** A new directory, by its real path, open to all users; removed after the test, or with the last one where it was made outside of any. */
export function temporaryDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "sloth-test-")));
  chmodSync(path, 0o755);
  all.add(path);
  ofTest.add(path);
  return path;
}

export function beginTest(): void {
  ofTest = new Set();
}

export function endTest(): void {
  for (const path of ofTest) removeDirectory(path);
}

export function endTests(): void {
  for (const path of all) removeDirectory(path);
}

/** Also where a test took its own rights away. */
export function removeDirectory(path: string): void {
  if (process.geteuid?.() !== 0) Bun.spawnSync(["chmod", "-R", "u+rwX", path], { stderr: "ignore" });
  rmSync(path, { recursive: true, force: true });
  all.delete(path);
  ofTest.delete(path);
}
