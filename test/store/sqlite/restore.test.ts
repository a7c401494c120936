import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { restore } from "../../../src/store/sqlite/restore.ts";
import { openSqlite } from "../../../src/store/sqlite/store.ts";
import { scratch, storeAt } from "../scratch.ts";

/** A backup that holds one stack of that name, and its key. */
async function backupOf(name: string): Promise<string> {
  const store = await storeAt();
  store.create(name);
  store.key();
  const to = join(scratch(), `${name}.db`);
  store.backup(to);
  return to;
}

/** The stack in a database, and whose key lies beside it. */
async function standsAt(path: string, backups: readonly string[]): Promise<string> {
  using store = await openSqlite({ path, mode: "write" });
  const key = store?.key() ?? new Uint8Array();
  const owner = backups.find((backup) => Buffer.from(key).equals(readFileSync(`${backup}.key`)));
  const problems = store?.examine().filter(({ level }) => level === "problem") ?? [];
  return `${store
    ?.stacks()
    .map(({ name }) => name)
    .join()} with ${owner ?? "no key"} and ${problems.length} problems`;
}

describe("a restore", () => {
  test("brings the key of the backup, and sets aside the one that was there", async () => {
    const backup = await backupOf("web");
    const store = await storeAt();
    const before = store.key();
    store[Symbol.dispose]();
    const aside = await restore(store.place, backup);
    expect(await standsAt(store.place, [backup])).toBe(`web with ${backup} and 0 problems`);
    expect(new Uint8Array(readFileSync(`${aside}.key`))).toEqual(new Uint8Array(before));
  });

  test("goes to a place where there is nothing yet", async () => {
    const backup = await backupOf("web");
    const path = join(scratch(), "new/dir/stacks.db");
    expect(await restore(path, backup)).toBeNull();
    expect(await standsAt(path, [backup])).toBe(`web with ${backup} and 0 problems`);
  });

  test("keeps in what it sets aside the newest that a run which was killed had written", async () => {
    const backup = await backupOf("web");
    const store = await storeAt();
    store.create("newest");
    const path = join(scratch(), "stacks.db");
    for (const end of ["", "-wal"]) copyFileSync(store.place + end, path + end);
    const aside = (await restore(path, backup)) ?? "";
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect((await storeAt(aside)).find("newest")).not.toBeNull();
    expect((await storeAt(path)).stacks().map(({ name }) => name)).toEqual(["web"]);
  });

  test("takes the place of what is damaged, and keeps all of that", async () => {
    const backup = await backupOf("web");
    const path = join(scratch(), "stacks.db");
    writeFileSync(path, "no database");
    writeFileSync(`${path}-wal`, "nor this");
    const aside = (await restore(path, backup)) ?? "";
    expect([aside, `${aside}-wal`].map((file) => readFileSync(file, "utf8"))).toEqual(["no database", "nor this"]);
    expect((await storeAt(path)).stacks().map(({ name }) => name)).toEqual(["web"]);
  });

  test("waits for nobody who has the database open, and changes nothing then", async () => {
    const backup = await backupOf("web");
    const store = await storeAt();
    store.create("here");
    expect(await restore(store.place, backup).catch(String)).toContain("in use by another process");
    expect(store.mustFind("here").name).toBe("here");
    expect(readdirSync(dirname(store.place)).filter((name) => /restoring|aside/.test(name))).toEqual([]);
  });

  test("refuses a backup in which a table is missing", async () => {
    const backup = await backupOf("web");
    using raw = new Database(backup, { readwrite: true });
    raw.run("DROP TABLE resources");
    expect(await restore(join(scratch(), "stacks.db"), backup).catch(String)).toContain(
      "damaged itself: the table resources is missing",
    );
  });

  test("follows a link to the database, and leaves it a link", async () => {
    const backup = await backupOf("web");
    const [real, link] = [join(scratch(), "stacks.db"), join(scratch(), "link.db")];
    (await storeAt(real))[Symbol.dispose]();
    symlinkSync(real, link);
    await restore(link, backup);
    expect(await standsAt(real, [backup])).toBe(`web with ${backup} and 0 problems`);
  });
});

test("a restore that is killed at any moment leaves the one or the other, each with its key", async () => {
  const backups = [await backupOf("one"), await backupOf("two")];
  const path = join(scratch(), "stacks.db");
  await restore(path, backups[0] ?? "");
  const script = `
    import { restore } from ${JSON.stringify(join(import.meta.dir, "../../../src/store/sqlite/restore.ts"))};
    console.log("ready");
    for (;;) for (const backup of ${JSON.stringify(backups)}) await restore(${JSON.stringify(path)}, backup);`;
  const seen = new Set<string>();
  for (let round = 0; round < 12; round++) {
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    for await (const chunk of child.stdout) if (chunk.length > 0) break;
    await Bun.sleep(Math.random() * 60);
    child.kill("SIGKILL");
    await child.exited;
    seen.add(await standsAt(path, backups));
  }
  const right = ["one", "two"].map((name, at) => `${name} with ${backups[at]} and 0 problems`);
  expect([...seen].filter((found) => !right.includes(found))).toEqual([]);
}, 120_000);

test("the next to open it brings the key, where a restore was killed before it could", async () => {
  const backup = await backupOf("web");
  const path = join(scratch(), "stacks.db");
  copyFileSync(backup, path);
  copyFileSync(`${backup}.key`, `${path}.restoring.key`);
  expect(await standsAt(path, [backup])).toBe(`web with ${backup} and 0 problems`);
  expect(existsSync(`${path}.restoring.key`)).toBe(false);
});

test("what a restore that was killed has left is told by the doctor", async () => {
  const store = await storeAt();
  mkdirSync(dirname(store.place), { recursive: true });
  writeFileSync(`${store.place}.restoring`, "");
  expect(store.examine().find(({ check }) => check === "restore")).toMatchObject({ level: "note" });
  expect(statSync(store.place).isFile()).toBe(true);
});
