import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest.ts";
import { MIGRATIONS } from "../../../src/store/sqlite/schema.ts";
import { openSqlite, type SqliteStore } from "../../../src/store/sqlite/store.ts";
import { head, intent } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

/** Made by version 0.1.0: three runs that wrote v=1 to v=3 into a file that held "u1\n", copied a file, and found one right. */
function versionOne(): string {
  const path = join(scratch(), "stacks.db");
  writeFileSync(path, Bun.zstdDecompressSync(readFileSync(join(import.meta.dir, "../version-1.db.zst"))));
  return path;
}

function seen(store: SqliteStore) {
  const site = store.mustFind("site");
  const pieces: string[] = [];
  site.export({ contents: true }, (piece) => pieces.push(piece));
  const problems = store.examine().filter(({ level }) => level === "problem");
  return { problems, export: pieces.join(""), verify: site.verify(), moments: site.moments(2) };
}

test("a database of version 1 is read as it is, and reads the same once it was brought to the present one", async () => {
  const path = versionOne();
  const bytes = readFileSync(path);
  const reading = await openSqlite({ path, mode: "read" });
  if (reading === null) throw new Error("it is there");
  const before = seen(reading);
  reading[Symbol.dispose]();
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect([before.problems, before.verify]).toEqual([[], null]);

  const store = await storeAt(path);
  expect(seen(store)).toEqual(before);
  using raw = new Database(path, { readonly: true });
  expect(raw.query("PRAGMA user_version").values()).toEqual([[MIGRATIONS.length]]);
  expect(store.mustFind("site").beginRun(head).run).toBe(4);
});

test("what a database of version 1 has pruned since is known to undo", async () => {
  const store = await storeAt(versionOne());
  const site = store.mustFind("site");
  const line = site.resources().find(({ kind }) => kind !== "file");
  if (line === undefined) throw new Error("there is a line");
  const whole = site.undoing().digestsOf([line]);
  expect(whole.map(({ before }) => before)).toEqual(["u1\n", "u1\nv=1\n", "u1\nv=2\n"].map((text) => digestOf(text)));
  expect(site.prune({ runs: 1, days: 400 })).toBe(2);
  const left = site.undoing().digestsOf([line]);
  expect(left.map(({ before, after }) => [before, after])).toEqual([
    [digestOf("u1\n"), digestOf("u1\nv=2\n")],
    [digestOf("u1\nv=2\n"), digestOf("u1\nv=3\n")],
  ]);
});

test("what was pruned by version 1 is not taken for the beginning", async () => {
  const path = versionOne();
  {
    using raw = new Database(path, { readwrite: true });
    raw.run("PRAGMA foreign_keys = ON; DELETE FROM runs WHERE number < 3; UPDATE stacks SET pruned = 2");
  }
  const site = (await storeAt(path)).mustFind("site");
  const [line] = site.resources().filter(({ kind }) => kind !== "file");
  if (line === undefined) throw new Error("there is a line");
  const digests = site.undoing().digestsOf([line]);
  expect(digests[0]).toEqual({ before: digestOf("u1\n"), after: null });
});

test("a line that is begun anew has no past", async () => {
  const site = (await storeAt(versionOne())).mustFind("site");
  const [line] = site.resources().filter(({ kind }) => kind !== "file");
  if (line === undefined) throw new Error("there is a line");
  site.prune({ runs: 1, days: 400 });
  const journal = site.beginRun(head);
  site.record.save({ ...line, state: "removed" });
  const { host, kind, name } = line;
  const bytes = Buffer.from("other\n");
  journal.intend(intent(name, { address: { host, kind, name }, beforeContents: { digest: digestOf(bytes), bytes } }));
  const digests = site.undoing().digestsOf([line]);
  expect(digests[0]).toEqual({ before: digestOf("other\n"), after: null });
});
