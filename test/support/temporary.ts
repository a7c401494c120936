import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that is gone with the scope: `using dir = temporaryDirectory()`. */
export function temporaryDirectory(parent: string = tmpdir()): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(parent, "sloth-runner-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
