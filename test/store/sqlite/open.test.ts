import { databasePath } from "../../../src/store/place.ts";
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  linkSync,
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseError } from "../../../src/base/errors.ts";
import { networkFileSystem, processStart } from "../../../src/store/sqlite/files.ts";
import { locksDirectory } from "../../../src/store/sqlite/beside.ts";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../src/store/sqlite/schema.ts";
import { openSqlite } from "../../../src/store/sqlite/store.ts";
import { asRoot } from "../../support/needs-root.ts";
import { scratch, storeAt } from "../scratch.ts";

describe("the place of the database", () => {
  test("is --db, else SLOTH_RUNNER_DB, else the machine's for root and the user's own for others", () => {
    const env = { SLOTH_RUNNER_DB: "/var/b.db", HOME: "/home/ana" };
    expect(databasePath("/tmp/a.db", env, 0)).toBe("/tmp/a.db");
    expect(databasePath("a b.db", env, 0)).toBe(join(process.cwd(), "a b.db"));
    expect(databasePath(undefined, env, 1000)).toBe("/var/b.db");
    expect(databasePath(undefined, {}, 0)).toBe("/etc/sloth-runner/stacks.db");
    expect(databasePath(undefined, { HOME: "/home/ana" }, 1000)).toBe("/home/ana/.sloth-runner/stacks.db");
    expect(databasePath(undefined, {}, 1000, "/from/passwd")).toBe("/from/passwd/.sloth-runner/stacks.db");
  });

  test("without a home is an error that names --db", () => {
    expect(() => databasePath(undefined, {}, 1000, "")).toThrow(DatabaseError);
    expect(() => databasePath(undefined, {}, 1000, "")).toThrow(/neither|no HOME/);
  });
});

describe("opening for writing", () => {
  test("makes a directory and a file for us alone, whatever the umask, and opens them again", async () => {
    const path = join(scratch(), "new", "deep er", "stacks.db");
    const before = process.umask(0);
    try {
      using store = await storeAt(path);
      store.create("web");
    } finally {
      process.umask(before);
    }
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await storeAt(path)).find("web")?.name).toBe("web");
  });

  test("leaves no -wal behind when it is closed", async () => {
    const path = join(scratch(), "stacks.db");
    const store = await storeAt(path);
    store.create("web");
    store[Symbol.dispose]();
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false]);
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path), /is a directory/],
    ["no database", (path: string) => writeFileSync(path, "hello ".repeat(900)), /not a database/],
    [
      "half a database",
      (path: string) => writeFileSync(path, "SQLite format 3\0" + "x".repeat(5000)),
      /not a database/,
    ],
    ["another program's", (path: string) => sqlite(path, "CREATE TABLE songs (id)"), /another program/],
    [
      "a newer one",
      (path: string) =>
        sqlite(path, `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 7; CREATE TABLE t (x)`),
      /newer sloth-runner/,
    ],
  ])("refuses %s and leaves it as it is", async (_, make, message) => {
    const path = join(scratch(), "stacks.db");
    make(path);
    const before = statSync(path).isFile() ? readFileSync(path) : null;
    for (const mode of ["write", "read"] as const) {
      const error = await failure(openDatabase(path, { mode }));
      expect(error).toBeInstanceOf(DatabaseError);
      expect(error.message).toMatch(message);
      expect(error.toString()).toContain(path);
      expect(error.toString()).toContain("--db");
    }
    expect(statSync(path).isFile() ? readFileSync(path) : null).toEqual(before);
  });

  test("says what cannot be: memory, a file as directory, a place that is none", async () => {
    expect((await failure(openDatabase(":memory:", { mode: "write" }))).message).toMatch(/memory/);
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    const error = await failure(openDatabase(join(file, "stacks.db"), { mode: "write" }));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.toString()).toMatch(/file\/stacks\.db.*--db/);
  });

  test("does not follow a link where everyone may write, nor one on the way", async () => {
    const directory = scratch(0o1777);
    const elsewhere = scratch();
    symlinkSync(join(elsewhere, "stolen"), join(directory, "stacks.db"));
    symlinkSync(elsewhere, join(directory, "way"));
    symlinkSync(join(elsewhere, "wal"), join(directory, "ours.db-wal"));
    for (const name of ["stacks.db", "way/stacks.db", "ours.db"]) {
      expect(await failure(openDatabase(join(directory, name), { mode: "write" }))).toMatchObject({
        code: "E_DB_UNSAFE",
      });
    }
    expect(existsSync(join(elsewhere, "stolen"))).toBe(false);
    expect(existsSync(join(elsewhere, "stacks.db"))).toBe(false);
    using own = await storeAt(join(directory, "own.db"));
    expect(own.stacks()).toEqual([]);
  });

  asRoot("nor takes what a member of a group put where that group may write, or an ACL lets somebody", async () => {
    for (const planted of ["stacks.db.key", "stacks.db"]) {
      const directory = scratch(0o2775);
      writeFileSync(join(directory, planted), "");
      chownSync(join(directory, planted), 65534, 65534);
      expect(await failure(openDatabase(join(directory, "stacks.db"), { mode: "write" }))).toMatchObject({
        code: "E_DB_UNSAFE",
        message: `${join(directory, planted)} belongs to another user in a directory where a group may write`,
      });
    }
  });

  asRoot("nor follows a link in a directory of another user, for the database or for a backup", async () => {
    const [directory, elsewhere] = [scratch(), scratch()];
    symlinkSync(elsewhere, join(directory, "way"));
    symlinkSync(join(elsewhere, "stolen"), join(directory, "stacks.db"));
    for (const path of [directory, join(directory, "way")]) lchownSync(path, 65534, 65534);
    for (const name of ["stacks.db", "way/stacks.db"])
      expect(await failure(openDatabase(join(directory, name), { mode: "write" }))).toMatchObject({
        code: "E_DB_UNSAFE",
      });
    using own = await storeAt(join(scratch(), "own.db"));
    expect(() => own.backup(join(directory, "way/backup"))).toThrow(expect.objectContaining({ code: "E_DB_UNSAFE" }));
    expect(readdirSync(elsewhere)).toEqual([]);
    using theirs = await storeAt(join(directory, "plain.db"));
    expect(theirs.stacks()).toEqual([]);
  });

  test("follows a link that its owner made", async () => {
    const directory = scratch();
    const elsewhere = scratch();
    symlinkSync(join(elsewhere, "stacks.db"), join(directory, "stacks.db"));
    writeFileSync(join(elsewhere, "stacks.db"), "");
    using store = await storeAt(join(directory, "stacks.db"));
    store.create("web");
    expect(statSync(join(elsewhere, "stacks.db")).size).toBeGreaterThan(0);
  });
});

describe("a database with two names", () => {
  test("is one to its lock, and has one key", async () => {
    const [real, link] = [join(scratch(), "stacks.db"), join(scratch(), "stacks.db")];
    using store = await storeAt(real);
    symlinkSync(real, link);
    using other = await storeAt(link);
    using lock = await store.ensure("web").takeLock(0, new AbortController().signal);
    const refused = await failure(other.mustFind("web").takeLock(0, new AbortController().signal));
    expect(refused).toMatchObject({ code: "E_LOCKED" });
    expect([other.key(), lock !== null]).toEqual([store.key(), true]);
    expect(readdirSync(dirname(link))).toEqual(["stacks.db"]);
  });

  test("by a hard link is refused, but not one that a restore set aside", async () => {
    const path = join(scratch(), "stacks.db");
    (await storeAt(path))[Symbol.dispose]();
    linkSync(path, `${path}.aside-20260102T030405Z`);
    (await storeAt(path))[Symbol.dispose]();
    linkSync(path, join(scratch(), "other.db"));
    for (const mode of ["write", "read"] as const)
      expect(await failure(openSqlite({ path, mode }))).toMatchObject({
        code: "E_DB_ACCESS",
        message: expect.stringContaining("has another name too, by a hard link"),
      });
  });

  test("keeps the key that an earlier version made beside the link", async () => {
    const [real, link] = [join(scratch(), "stacks.db"), join(scratch(), "stacks.db")];
    using store = await storeAt(real);
    symlinkSync(real, link);
    writeFileSync(`${link}.key`, "k".repeat(32));
    using other = await storeAt(link);
    expect(Buffer.from(other.key()).toString()).toBe("k".repeat(32));
    expect(store.key()).toEqual(other.key());
  });
});

describe("a database of a user that root runs with", () => {
  asRoot("stays the user's, with its key and its locks", async () => {
    const directory = scratch();
    const path = join(directory, "stacks.db");
    (await storeAt(path))[Symbol.dispose]();
    for (const file of [directory, path]) chownSync(file, 65534, 65534);
    using store = await storeAt(path);
    store.key();
    using lock = await store.ensure("web").takeLock(0, new AbortController().signal);
    expect(lock).toBeDefined();
    const locks = readdirSync(locksDirectory(path)).map((name) => join(locksDirectory(path), name));
    const uids = [`${path}.key`, locksDirectory(path), ...locks].map((file) => statSync(file).uid);
    expect(uids).toEqual([65534, 65534, 65534]);
  });

  asRoot("says whose a file beside it is, where that is another's", async () => {
    const directory = scratch();
    const path = join(directory, "stacks.db");
    const store = await storeAt(path);
    store.key();
    store[Symbol.dispose]();
    mkdirSync(locksDirectory(path), { mode: 0o700 });
    for (const file of [directory, path]) chownSync(file, 65534, 65534);
    const script = `
      import { openSqlite } from ${JSON.stringify(join(import.meta.dir, "../../../src/store/sqlite/store.ts"))};
      process.setegid?.(65534); process.seteuid?.(65534);
      using store = await openSqlite({ path: ${JSON.stringify(path)}, mode: "write" });
      try { store?.key(); } catch (error) { console.log(error.toString()); }
      await store?.ensure("web").takeLock(0, new AbortController().signal).catch((error) => console.log(error.toString()));`;
    const child = Bun.spawnSync([process.execPath, "-e", script]);
    const said = child.stdout.toString().trim().split("\n");
    expect([said.length, child.stderr.toString()]).toEqual([2, ""]);
    for (const line of said) expect(line).toMatch(/belongs to another user than the database.*chown --reference=/);
  });
});

test.each([
  [
    "a view",
    "ALTER TABLE stacks RENAME TO s; CREATE VIEW stacks AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n",
  ],
  ["a trigger", "CREATE TRIGGER t AFTER INSERT ON stacks BEGIN DELETE FROM stacks; END"],
  [
    "another trigger for ours",
    "DROP TRIGGER kv_of_stack; CREATE TRIGGER kv_of_stack AFTER DELETE ON stacks BEGIN DELETE FROM runs; END",
  ],
])("a database in which somebody put %s is not read", async (_, sql) => {
  const store = await storeAt();
  store.create("web");
  store[Symbol.dispose]();
  {
    using raw = new Database(store.place, { readwrite: true });
    raw.run(sql);
  }
  for (const mode of ["read", "write"] as const) {
    const error = await failure(openSqlite({ path: store.place, mode }));
    expect(error).toMatchObject({ code: "E_DB_FOREIGN" });
  }
});

describe("opening for reading", () => {
  test("makes nothing where there is nothing", async () => {
    const directory = scratch();
    expect(await openSqlite({ path: join(directory, "a/b/stacks.db"), mode: "read" })).toBeNull();
    writeFileSync(join(directory, "empty.db"), "");
    expect(await openSqlite({ path: join(directory, "empty.db"), mode: "read" })).toBeNull();
    expect(existsSync(join(directory, "a"))).toBe(false);
  });

  test("reads what is there, also while it is written, and refuses to write", async () => {
    const writer = await storeAt();
    const stack = writer.create("web");
    using reader = await openSqlite({ path: writer.place, mode: "read" });
    stack.record.setOutput("url", "https://example.com");
    expect(reader?.find("web")?.record.output("url")).toBe("https://example.com");
    expect(() => reader?.create("other")).toThrow(DatabaseError);
    expect(writer.find("other")).toBeNull();
  });

  test("leaves nothing behind", async () => {
    const writer = await storeAt();
    writer.create("web");
    writer[Symbol.dispose]();
    const directory = dirname(writer.place);
    const files = () => readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mtimeMs]);
    const before = files();
    {
      using reader = await openSqlite({ path: writer.place, mode: "read" });
      expect(reader?.find("web")?.record.outputs().size).toBe(0);
    }
    expect(files()).toEqual(before);
  });

  test("reads in a directory where nothing can be written", async () => {
    const writer = await storeAt();
    writer.create("web");
    writer[Symbol.dispose]();
    const script = `
      import { openSqlite } from ${JSON.stringify(join(import.meta.dir, "../../../src/store/sqlite/store.ts"))};
      process.setegid?.(65534); process.seteuid?.(65534);
      using store = await openSqlite({ path: ${JSON.stringify(writer.place)}, mode: "read" });
      console.log(store?.stacks().map((stack) => stack.name).join());`;
    chmodSync(writer.place, 0o644);
    chmodSync(join(writer.place, ".."), 0o555);
    const child = Bun.spawnSync([process.execPath, "-e", script]);
    expect(child.stderr.toString()).toBe("");
    expect(child.stdout.toString()).toBe("web\n");
  });
});

test("ten processes opening it for the first time at once all get it", async () => {
  const path = join(scratch(), "stacks.db");
  const script = `
    import { openSqlite } from ${JSON.stringify(join(import.meta.dir, "../../../src/store/sqlite/store.ts"))};
    using store = await openSqlite({ path: ${JSON.stringify(path)}, mode: "write" });
    store.ensure("web"); store.shared.increment("opened", 1);`;
  const children = Array.from({ length: 10 }, () => Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" }));
  const said = await Promise.all(children.map((child) => new Response(child.stderr).text()));
  expect(said.join("")).toBe("");
  const store = await storeAt(path);
  expect(store.shared.get("opened")).toBe(10);
  expect(store.stacks().length).toBe(1);
}, 120_000);

test("the key is made once, for us alone, and refused when it is not one", async () => {
  const store = await storeAt();
  const key = store.key();
  expect(key.length).toBe(32);
  expect(store.key()).toEqual(key);
  expect(statSync(`${store.place}.key`).mode & 0o777).toBe(0o600);
  writeFileSync(`${store.place}.key`, "short");
  expect(() => store.key()).toThrow(/not a key of ours/);
  using reader = await openSqlite({ path: (await storeAt()).place, mode: "read" });
  expect(reader?.key().length).toBe(32);
  expect(existsSync(`${reader?.place}.key`)).toBe(false);
});

test("a network file system is told by the kernel's table of mounts", () => {
  const directory = scratch();
  const { dev } = statSync(directory);
  const device = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  const mounted = (type: string) => `22 1 ${device} / /srv rw,relatime shared:1 - ${type} host:/export rw\n`;
  for (const type of ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"])
    expect(networkFileSystem(directory, mounted(type))).toBe(type);
  for (const type of ["ext4", "xfs", "btrfs", "fuse.mergerfs"])
    expect(networkFileSystem(directory, mounted(type))).toBeUndefined();
  expect(networkFileSystem(directory)).toBeUndefined();
});

test("a process is told from a later one with its number", () => {
  expect(processStart(process.pid)).toMatch(/^\d+$/);
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(4_194_305)).toBeNull();
});

test("the version in a new database is the number of migrations", async () => {
  const store = await storeAt();
  using raw = new Database(store.place, { readonly: true });
  expect(raw.query("PRAGMA user_version").get()).toEqual({ user_version: MIGRATIONS.length });
});

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : new Error(String(error));
}

function sqlite(path: string, sql: string): void {
  using database = new Database(path, { create: true });
  database.run(sql);
}
