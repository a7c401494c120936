import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest.ts";
import { SlothError } from "../../../src/base/errors.ts";
import { openSqlite, type SqliteStore } from "../../../src/store/sqlite/store.ts";
import { ended, head, intent, row } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

/** Everything that can be read, until the first error. */
function readAll(store: SqliteStore): void {
  for (const stack of store.stacks()) {
    stack.record.rows();
    stack.record.outputs();
    stack.config();
    stack.lastVerified();
    stack.unsettled();
    for (const { number } of stack.runs(100)) stack.run(number);
    stack.export({ contents: true }, () => undefined);
    stack.contents(digestOf("x".repeat(600)));
    stack.verify();
  }
  store.shared.list();
  store.examine();
}

test("whatever is wrong in the file, it is read, or refused by name: it never breaks the program or is written to", async () => {
  const original = await storeAt();
  const web = original.create("web");
  web.setConfig("port", 80);
  for (let i = 0; i < 20; i++) {
    const journal = web.beginRun(head);
    journal.taskStarted("main", 1);
    const id = journal.intend(intent(`/${i}`, { before: { a: 1 } }));
    const bytes = Buffer.from("x".repeat(600 + i));
    const afterContents = { digest: digestOf(bytes), bytes };
    journal.done(id, { outcome: "create", changes: [], after: {}, afterContents, row: row(`/${i}`), durationMs: 1 });
    for (let k = 0; k < i; k++) journal.unchanged(row(`/${k}`));
    journal.end(ended);
    original.shared.set(`k${i}`, { a: [i] });
  }
  original[Symbol.dispose]();
  const whole = readFileSync(original.place);
  const path = join(scratch(), "stacks.db");
  const hits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 40,
  });

  await fc.assert(
    fc.asyncProperty(hits, fc.option(fc.nat(whole.length), { freq: 8 }), async (changes, length) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      writeFileSync(path, length === null ? bytes : bytes.subarray(0, length));
      const before = readFileSync(path);
      try {
        using store = await openSqlite({ path, mode: "read" });
        if (store !== null) readAll(store);
      } catch (error) {
        if (!(error instanceof SlothError)) throw error;
      }
      expect(readFileSync(path).equals(before)).toBe(true);
    }),
    { numRuns: 300 },
  );
}, 120_000);

test("a database without its -wal, or with one of another, is still whole", async () => {
  const store = await storeAt();
  const web = store.create("web");
  const copy = join(scratch(), "stacks.db");
  copyFileSync(store.place, copy);
  web.beginRun(head).end(ended);
  copyFileSync(`${(await storeAt()).place}-wal`, `${copy}-wal`);
  const copied = await storeAt(copy);
  expect(copied.examine().filter(({ level }) => level === "problem")).toEqual([]);
});

const TABLES = [
  "stacks",
  "config",
  "outputs",
  "resources",
  "runs",
  "tasks",
  "changes",
  "unsettled",
  "undo",
  "contents",
  "verified",
  "kv",
  "hosts",
  "children",
  "locks",
];

test.each(TABLES)("the doctor finds that the table %s is missing, and that it is another", async (table) => {
  for (const sql of [`DROP TABLE ${table}`, `ALTER TABLE ${table} ADD COLUMN more TEXT`]) {
    const store = await storeAt();
    store.create("web");
    using raw = new Database(store.place, { readwrite: true });
    raw.run(sql);
    const problems = store.examine().filter(({ level }) => level === "problem");
    expect(problems.map(({ message }) => message).join()).toContain(`the table ${table} is`);
  }
});

test.each([
  "UPDATE resources SET declarations = '5'",
  'UPDATE resources SET properties = \'{"$int":"x"}\'',
  "UPDATE resources SET name = 5",
  "UPDATE outputs SET value = 'no'",
  "UPDATE config SET value = ''",
  "UPDATE runs SET counts = '[]'",
  "UPDATE verified SET ids = x'00'",
  "UPDATE kv SET value = '{'",
])("the doctor finds what other commands refuse: %s", async (sql) => {
  const store = await storeAt();
  const web = store.create("web");
  web.setConfig("port", 80);
  web.record.setOutput("url", "x");
  web.state.set("k", 1);
  for (let i = 0; i < 2; i++) {
    const journal = web.beginRun(head);
    journal.unchanged(row("/a"));
    journal.end(ended);
  }
  expect(store.examine().filter(({ level }) => level === "problem")).toEqual([]);
  using raw = new Database(store.place, { readwrite: true });
  raw.run(sql);
  const copy = await openSqlite({ path: store.place, mode: "read" });
  expect(copy?.examine().some(({ level }) => level === "problem")).toBe(true);
  copy?.[Symbol.dispose]();
});
