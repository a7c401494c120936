import { afterEach } from "bun:test";
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = new Set<string>();

/** A new directory, by its real path, open to all users; removed after the test. */
export function temporaryDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "sloth-test-")));
  chmodSync(path, 0o755);
  made.add(path);
  return path;
}

afterEach(() => {
  for (const path of made) removeDirectory(path);
});

/** Also where a test took its own rights away. */
export function removeDirectory(path: string): void {
  if (process.geteuid?.() !== 0) Bun.spawnSync(["chmod", "-R", "u+rwX", path], { stderr: "ignore" });
  rmSync(path, { recursive: true, force: true });
  made.delete(path);
}
