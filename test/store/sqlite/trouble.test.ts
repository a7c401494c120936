import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest.ts";
import { needs } from "../../support/needs.ts";
import { ended, head, intent, row } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

const canMount = Bun.which("unshare") !== null && Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;
const withMounts = needs(canMount, "a mount namespace");
const source = join(import.meta.dir, "../../../src/store/sqlite/store.ts");
const samples = join(import.meta.dir, "../samples.ts");

/** Runs `body` in a process of its own, started by `argv`, and answers what it printed. */
function child(argv: readonly string[], path: string, body: string): string {
  const script = `
    import { openSqlite } from ${JSON.stringify(source)};
    import { head, intent, row } from ${JSON.stringify(samples)};
    const path = ${JSON.stringify(path)};
    try { ${body} } catch (error) { console.log(error.code, error.exitCode, String(error)); }`;
  const ran = Bun.spawnSync([...argv, process.execPath, "-e", script]);
  return ran.stdout.toString() + ran.stderr.toString();
}

describe("a full disk", () => {
  withMounts("is a clear error, and what was recorded before stays", () => {
    const mount = join(scratch(), "small");
    mkdirSync(mount);
    const path = join(mount, "stacks.db");
    const inside = ["unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=1m tmpfs ${mount} && exec "$0" "$@"`];
    const said = child(
      inside,
      path,
      `
      using store = await openSqlite({ path, mode: "write" });
      const web = store.create("web");
      let kept = 0;
      try { for (; kept < 10_000; kept++) web.record.save(row("/" + kept, { properties: "x".repeat(5000) })); }
      catch (error) { console.log(error.code, error.exitCode, String(error)); }
      console.log(web.record.rows().length === kept, store.examine().every(({ level }) => level !== "problem"));
      await openSqlite({ path: path + "2", mode: "write" });`,
    );
    const lines = said.trim().split("\n");
    expect(lines[0]).toMatch(/^E_DB_FULL 73 no space left to write .*stacks\.db; .*--db PATH$/);
    expect(lines[1]).toBe("true true");
    expect(lines[2]).toMatch(/^E_DB_FULL 73 no space left to write .*stacks\.db2/);
  });
});

withMounts("a read-only file system can be read, and writing there is an error that names --db", async () => {
  const store = await storeAt();
  store.create("web");
  store[Symbol.dispose]();
  const directory = join(store.place, "..");
  const inside = ["unshare", "-m", "sh", "-c", `mount --bind -o ro ${directory} ${directory} && exec "$0" "$@"`];
  const said = child(
    inside,
    store.place,
    `
    using store = await openSqlite({ path, mode: "read" });
    console.log(store.stacks().map(({ name }) => name).join());
    await openSqlite({ path, mode: "write" });`,
  );
  expect(said).toMatch(
    /^web\nE_DB_ACCESS 73 cannot use the database .*: read-only file system; choose another place with --db PATH\n$/,
  );
});

test("twenty open files are enough", async () => {
  const { place: path } = await storeAt();
  const said = child(
    ["sh", "-c", `ulimit -n 20; exec "$0" "$@"`],
    path,
    `
    using store = await openSqlite({ path, mode: "write" });
    const web = store.create("web"), never = new AbortController().signal;
    using lock = await web.takeLock(0, never), named = await web.state.lock("x", 0, never);
    const journal = web.beginRun(head);
    journal.intend(intent("/a"));
    journal.end({ status: "ok", counts: {} });
    console.log(web.record.status);`,
  );
  expect(said).toBe("ok\n");
});

describe("another writer", () => {
  test("is waited for", async () => {
    const store = await storeAt();
    const said = Bun.spawn(
      [
        process.execPath,
        "-e",
        `import { Database } from "bun:sqlite";
         const database = new Database(${JSON.stringify(store.place)}, { readwrite: true });
         database.run("BEGIN IMMEDIATE"); console.log("begun");
         await Bun.sleep(200); database.run("COMMIT");`,
      ],
      { stdout: "pipe" },
    );
    for await (const _ of said.stdout) break;
    store.shared.set("k", 1);
    expect(store.shared.get("k")).toBe(1);
    expect(await said.exited).toBe(0);
  });

  test("does not keep a reader waiting, and a stack is not kept waiting by another's lock", async () => {
    const store = await storeAt();
    store.create("web");
    using raw = new Database(store.place, { readwrite: true });
    raw.run("BEGIN IMMEDIATE");
    expect((await storeAt(store.place)).find("web")?.name).toBe("web");
    raw.run("ROLLBACK");
    const never = new AbortController().signal;
    using web = await store.mustFind("web").takeLock(0, never);
    const db = store.create("db");
    using other = await db.takeLock(0, never);
    db.beginRun(head).end(ended);
    expect([web, other].length).toBe(2);
  });
});

describe("kept contents", () => {
  const kept = (text: string) => ({ digest: digestOf(text), bytes: Buffer.from(text) });

  test("of one file have a limit: the digest is recorded, the bytes are not kept", async () => {
    const web = (await storeAt()).create("web");
    const large = { digest: digestOf(new Uint8Array(5 << 20)), bytes: new Uint8Array(5 << 20) };
    const journal = web.beginRun(head);
    journal.intend(intent("/a", { beforeContents: large }));
    expect(web.contents(large.digest)).toBeNull();
    expect(web.run(1)?.changes[0]?.beforeDigest).toBe(large.digest);
  });

  test("are kept once however often they are seen, and go with the last that refers to them", async () => {
    const store = await storeAt();
    const [web, db] = [store.create("web"), store.create("db")];
    for (const stack of [web, db]) {
      const journal = stack.beginRun(head);
      journal.intend(intent("/a", { beforeContents: kept("the same") }));
      journal.end(ended);
    }
    store.delete(web);
    expect(db.contents(digestOf("the same"))).toEqual(Buffer.from("the same"));
  });

  test("beyond the limit of all go by age, those of the present state last", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const random = (seed: number) => Buffer.from(Array.from({ length: 100 }, (_, i) => (seed * 31 + i * i) & 0xff));
    const contents = [1, 2, 3].map((seed) => ({ digest: digestOf(random(seed)), bytes: random(seed) }));
    for (const [index, afterContents] of contents.entries()) {
      const journal = web.beginRun(head);
      const name = index === 0 ? "/first" : "/again";
      const done = { outcome: "update", changes: [], after: {}, afterContents, row: row(name), durationMs: 1 } as const;
      journal.done(journal.intend(intent(name)), done);
      journal.end(ended);
    }
    const { pruneContents } = await import("../../../src/store/sqlite/contents.ts");
    const { openDatabase } = await import("../../../src/store/sqlite/open.ts");
    using connection = await openDatabase(store.place, { mode: "write" });
    const left = () => contents.map(({ digest }) => web.contents(digest) !== null);
    if (connection !== null) connection.write(() => pruneContents(connection, 200));
    expect(left()).toEqual([true, false, true]);
    if (connection !== null) connection.write(() => pruneContents(connection, 100));
    expect(left()).toEqual([false, false, true]);
  });
});
