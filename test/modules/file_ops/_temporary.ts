import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of files, gone with the scope. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
  /** Path of a file in it; made with these bytes (latin-1) unless null. */
  file(name: string, contents?: string | null): string;
  /** Its bytes as latin-1; null: it is not there. */
  contents(name: string): string | null;
}

export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), "file-ops-"));
  return {
    path,
    file(name, contents = null) {
      if (contents !== null) writeFileSync(join(path, name), contents, "latin1");
      return join(path, name);
    },
    contents: (name) => (existsSync(join(path, name)) ? readFileSync(join(path, name), "latin1") : null),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
