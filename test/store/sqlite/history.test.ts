import { Database, type SQLQueryBindings } from "bun:sqlite";
import { describe, expect, setSystemTime, test } from "bun:test";
import fc from "fast-check";
import { digestOf } from "../../../src/base/digest.ts";
import type { SqliteStack } from "../../../src/store/sqlite/stack.ts";
import { counts, ended, head, intent, problem, row } from "../samples.ts";
import { storeAt } from "../scratch.ts";

/** A run with a task and a change of `name`. */
function run(stack: SqliteStack, name = "/a", settle = true): void {
  const journal = stack.beginRun(head);
  journal.taskStarted("main", 1);
  const contents = { digest: digestOf(name), bytes: Buffer.from(name) };
  const id = journal.intend(intent(name, { before: { mode: "0600" } }));
  const change = { property: "mode", from: "0600", to: "0644" };
  journal.done(id, {
    outcome: "create",
    changes: [change],
    after: { mode: "0644" },
    afterContents: contents,
    row: row(name),
    durationMs: 2,
  });
  journal.taskEnded("main", "ok", undefined, settle ? [id] : []);
  journal.end({ ...ended, counts: { ...counts, created: 1 } });
}

describe("history", () => {
  test("tells who did what, newest first", async () => {
    const web = (await storeAt()).create("web");
    run(web);
    const failing = web.beginRun({ ...head, sudoUser: "ben" });
    failing.taskStarted("main", 1);
    failing.taskStarted("main", 2);
    failing.failed(failing.intend(intent("/b")), problem, row("/b", { state: "failed", error: "no" }));
    failing.taskEnded("main", "failed", problem, []);
    failing.taskEnded("later", "skipped", undefined, []);
    failing.end({ status: "failed", counts, error: "main failed" });

    expect(web.runs(10).map(({ number, status, sudoUser }) => [number, status, sudoUser])).toEqual([
      [2, "failed", "ben"],
      [1, "ok", null],
    ]);
    expect(web.runs(1).length).toBe(1);
    expect(web.run(1)).toMatchObject({
      number: 1,
      counts: { created: 1, unchanged: 0 },
      tasks: [{ name: "main", attempts: 1, result: "ok", error: null }],
      changes: [
        {
          address: "file:/a",
          task: "main",
          type: "file_ops.copy",
          action: "create",
          outcome: "create",
          unsettled: false,
          changes: [{ property: "mode", from: "0600", to: "0644" }],
          before: { mode: "0600" },
          after: { mode: "0644" },
          afterDigest: digestOf("/a"),
          location: "site.lua:14",
          durationMs: 2,
        },
      ],
    });
    expect(web.run(2)).toMatchObject({
      error: "main failed",
      tasks: [
        { name: "main", attempts: 2, result: "failed", error: problem },
        { name: "later", attempts: 0, result: "skipped", error: null },
      ],
      changes: [{ outcome: "failed", error: problem, unsettled: true }],
    });
    expect(web.run(3)).toBeNull();
  });

  test("is kept for a number of runs and of days, as long as nothing in it is owed", async () => {
    const web = (await storeAt()).create("web");
    for (let i = 1; i <= 5; i++) run(web, `/${i}`, i !== 4);
    expect(web.prune({ runs: 4, days: 1 })).toBe(1);
    expect(web.prune({ runs: 1, days: 1 })).toBe(2);
    expect(web.runs(10).map(({ number }) => number)).toEqual([5, 4]);
    web.beginRun(head).settle([4]);
    expect(web.prune({ runs: 1, days: 1 })).toBe(2);
    const held = web.contents(digestOf("/1"));
    expect(held).toEqual(Buffer.from("/1")); // what it put there is there still
    expect(web.verify()).toBeNull();
  });

  test("goes by age where that says less", async () => {
    const web = (await storeAt()).create("web");
    try {
      for (const day of ["2030-01-01", "2030-02-01", "2030-03-01"]) {
        setSystemTime(new Date(`${day}T00:00:00Z`));
        run(web);
      }
      expect(web.prune({ runs: 10, days: 40 })).toBe(1);
      setSystemTime(new Date("2031-01-01T00:00:00Z"));
      expect(web.prune({ runs: 10, days: 40 })).toBe(1);
      expect(web.runs(10).map(({ number }) => number)).toEqual([3]);
      expect(web.verify()).toBeNull();
    } finally {
      setSystemTime();
    }
  });
});

test("one run under a wrong clock empties no history, and the next one neither", async () => {
  const web = (await storeAt()).create("web");
  try {
    for (const [day, left] of [
      ["2030-01-01", 1],
      ["2030-01-02", 2],
      ["2032-06-01", 3],
      ["2030-01-03", 4],
      ["2032-06-02", 5],
    ] as const) {
      setSystemTime(new Date(`${day}T00:00:00Z`));
      run(web);
      expect(web.runs(10).length).toBe(left);
    }
    setSystemTime(new Date("2032-06-03T00:00:00Z"));
    run(web);
    expect(web.runs(10).map(({ number }) => number)).toEqual([6, 5]); // two clocks that agree are believed
  } finally {
    setSystemTime();
  }
});

describe("the chain of runs", () => {
  test("fits, while a run is under way and after one was cut off", async () => {
    const store = await storeAt();
    const web = store.create("web");
    expect(web.verify()).toBeNull();
    run(web);
    web.beginRun(head);
    expect(web.verify()).toBeNull();
    expect(store.mustFind("web").beginRun(head).interrupted?.run).toBe(2);
    expect(web.verify()).toBeNull();
  });

  test("names the first run in which anything was changed", async () => {
    const store = await storeAt();
    const web = store.create("web");
    for (const name of ["/a", "/b", "/c"]) run(web, name);
    using raw = new Database(store.place, { readwrite: true });
    const cells = ["runs", "tasks", "changes"].flatMap((table) => cellsOf(raw, table));
    expect(cells.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.constantFrom(...cells), fc.nat(), ({ table, rowid, column, value, run: number }, at) => {
        const set = (to: SQLQueryBindings) =>
          raw.query(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(to, rowid);
        set(altered(column, value, at));
        const found = web.verify();
        set(value);
        expect(found?.run).toBe(number);
        expect(web.verify()).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("takes no other result for the recorded one", async () => {
    const store = await storeAt();
    const web = store.create("web");
    run(web);
    using raw = new Database(store.place, { readwrite: true });
    for (const status of ["failed", "running"]) {
      raw.query("UPDATE runs SET status = ?").run(status);
      expect(web.verify()?.run).toBe(1);
    }
  });

  test("misses no run, in the middle or at the end", async () => {
    const store = await storeAt();
    const web = store.create("web");
    for (const name of ["/a", "/b", "/c"]) run(web, name);
    using raw = new Database(store.place, { readwrite: true });
    raw.run("PRAGMA foreign_keys = ON; DELETE FROM runs WHERE number = 3");
    expect(web.verify()).toMatchObject({ run: null });
    raw.run("DELETE FROM runs WHERE number = 1");
    expect(web.verify()).toMatchObject({ run: 2, reason: "run 1 should be here" });
  });
});

interface CellOfHistory {
  readonly table: string;
  readonly rowid: number;
  readonly column: string;
  readonly value: SQLQueryBindings;
  readonly run: number;
}

/** Every column that says something: not the rows' own numbers. */
function cellsOf(raw: Database, table: string): CellOfHistory[] {
  const owner = table === "runs" ? "number" : "(SELECT number FROM runs WHERE runs.id = run)";
  const rows = raw
    .query<Record<string, SQLQueryBindings>, []>(`SELECT *, rowid AS row_number, ${owner} AS owner FROM ${table}`)
    .all();
  return rows.flatMap((cells) =>
    Object.entries(cells)
      .filter(([column]) => !["id", "row_number", "run", "stack", "owner"].includes(column))
      .filter(([column]) => !(table === "runs" && ["status", "number"].includes(column)))
      .map(([column, value]) => ({
        table,
        rowid: Number(cells["row_number"]),
        column,
        value,
        run: Number(cells["owner"]),
      })),
  );
}

/** With one bit of it flipped. */
function altered(column: string, value: SQLQueryBindings, at: number): SQLQueryBindings {
  if (typeof value === "number") return value ^ 1;
  if (typeof value !== "string" || value === "") return /(_ms|attempts|pid)$/.test(column) ? 1 : "x";
  const index = at % value.length;
  const code = value.charCodeAt(index) ^ 1;
  return value.slice(0, index) + String.fromCharCode(code) + value.slice(index + 1);
}
