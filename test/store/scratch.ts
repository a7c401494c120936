import { onTestFinished } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite, type SqliteStore } from "../../src/store/sqlite/store.ts";

/** A new directory, removed after the test. */
export function scratch(mode = 0o700): string {
  const directory = mkdtempSync(join(tmpdir(), "sloth-store-"));
  chmodSync(directory, mode);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A store that the test's end closes. */
export async function storeAt(path: string = join(scratch(), "stacks.db")): Promise<SqliteStore> {
  const store = await openSqlite({ path, mode: "write", command: "test" });
  if (store === null) throw new Error("mode write answers a store");
  onTestFinished(() => store[Symbol.dispose]());
  return store;
}
