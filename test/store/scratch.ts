import { afterEach } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/store.ts";

const directories: string[] = [];
const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store[Symbol.dispose]();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, removed after the test. */
export function scratch(mode = 0o700): string {
  const directory = mkdtempSync(join(tmpdir(), "sloth-store-"));
  chmodSync(directory, mode);
  directories.push(directory);
  return directory;
}

/** A store that the test's end closes. */
export async function storeAt(path: string = join(scratch(), "stacks.db")): Promise<Store> {
  const store = await openStore({ path, mode: "write", command: "test" });
  if (store === null) throw new Error("mode write answers a store");
  stores.push(store);
  return store;
}
