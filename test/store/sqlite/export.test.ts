import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { join } from "node:path";
import { existsSync, readFileSync, statSync } from "node:fs";
import { digestOf } from "../../../src/base/digest.ts";
import type { SqliteStack } from "../../../src/store/sqlite/stack.ts";
import type { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { ended, head, intent, problem, row } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

function exported(stack: SqliteStack, contents = true): string {
  const pieces: string[] = [];
  stack.export({ contents }, (piece) => pieces.push(piece));
  return pieces.join("");
}

/** A stack with something of everything. */
function filled(store: SqliteStore): SqliteStack {
  const web = store.create("web");
  web.setConfig("root", "/srv");
  web.record.setOutput("url", { $int: "x", n: 2n ** 60n });
  web.state.set("k\0\udcff", [1, null]);
  web.state.set("short", "x", 60);
  web.record.save(row("custom", { origin: "registered", probe: ["cat", "/x"], probeOutput: "1" }));
  for (const [index, name] of ["/a", "/not-utf8-\udcff", "/c"].entries()) {
    const journal = web.beginRun(head);
    journal.taskStarted("main", 1);
    const bytes = Buffer.from(name.repeat(200));
    const contents = { digest: digestOf(bytes), bytes };
    const id = journal.intend(intent(name, { before: { mode: 1n } }));
    journal.done(id, {
      outcome: "create",
      changes: [],
      after: {},
      afterContents: contents,
      row: row(name),
      durationMs: 1,
    });
    journal.unchanged(row("/a"));
    journal.taskEnded("main", "ok", undefined, index === 0 ? [id] : []);
    if (index === 1) journal.failed(journal.intend(intent("/b")), problem, undefined);
    if (index < 2) journal.end(ended);
  }
  return web;
}

/** Where an object or a list is. `properties` may be any value: there it is one that is none. */
function withNumber(field: string): (text: string) => string {
  const to = field === "properties" ? { $int: "x" } : 5;
  return (text) =>
    JSON.stringify(
      JSON.parse(text, (key: string, value: unknown) =>
        key === field && typeof value === "object" && value !== null ? to : value,
      ),
      null,
      1,
    );
}

describe("an export", () => {
  test("is the same after it was imported, and after that again", async () => {
    const original = filled(await storeAt());
    for (const contents of [true, false]) {
      const text = exported(original, contents);
      const other = await storeAt();
      const copy = other.import({ text, from: "state.json" });
      expect(exported(copy, contents)).toBe(text);
      expect(copy.verify()).toBeNull();
      expect(copy.beginRun(head).interrupted).toMatchObject({ run: 3 });
    }
  });

  test("is enough to check the chain of runs as docs/export.md says", async () => {
    const { runs } = JSON.parse(exported(filled(await storeAt())));
    let previous = "";
    for (const { hash, tasks, changes, ...run } of runs.slice(0, 2)) {
      expect(run.previous).toBe(previous);
      const line = (fields: object, values: readonly string[]) =>
        Object.entries(fields).map(([name, value]) =>
          values.includes(name) && value !== null ? JSON.stringify(value) : value,
        );
      const lines = [
        line(run, ["counts"]),
        ...tasks.map((task: object) => line(task, ["error"])),
        ...changes.map((change: object) => line(change, ["changes", "before", "after", "error"]).slice(0, -1)),
      ];
      expect(digestOf(lines.map((fields) => `${JSON.stringify(fields)}\n`).join(""))).toBe(`sha256:${hash}`);
      previous = hash;
    }
  });

  test("holds what the record holds, whatever that is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), fc.jsonValue()), {
          maxLength: 8,
        }),
        async (entries) => {
          const web = (await storeAt()).create("web");
          for (const [key, value] of entries) {
            web.record.setOutput(key, JSON.parse(JSON.stringify(value)));
            web.record.save(row(key, { properties: JSON.parse(JSON.stringify(value)) }));
          }
          const text = exported(web);
          const copy = (await storeAt()).import({ text, from: "x" });
          expect(exported(copy)).toBe(text);
          expect([...copy.record.outputs()]).toEqual([...web.record.outputs()]);
          expect(copy.record.rows()).toEqual(web.record.rows());
        },
      ),
      { numRuns: 15 },
    );
  });

  test("is not taken twice, and may take another name", async () => {
    const store = await storeAt();
    const text = exported(filled(store));
    expect(() => store.import({ text, from: "x" })).toThrow(/here already, as web/);
    expect(() => store.import({ text, from: "x", as: "other" })).toThrow(/here already, as web/);
    const elsewhere = await storeAt();
    expect(elsewhere.import({ text, from: "x", as: "other" }).name).toBe("other");
    expect(() => elsewhere.import({ text, from: "x", as: "a/b" })).toThrow(/cannot name a stack/);
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, text.length / 2), /only a part/],
    ["empty", () => "", /only a part/],
    ["foreign", () => `{"stacks": []}`, /not an export/],
    ["a list", () => "[]", /not an export/],
    ["newer", (text: string) => text.replace(`"version": 1`, `"version": 2`), /version 2 .* knows 1/],
    [
      "with a field too many",
      (text: string) => text.replace(`"status":`, `"colour":"red","status":`),
      /stack\.colour should be nothing/,
    ],
    [
      "with a field too few",
      (text: string) => text.replace(/"checksum":"[^"]*",/, ""),
      /resources\[0\]\.checksum should be a text/,
    ],
    [
      "with a wrong type",
      (text: string) => text.replace(/"pid":\d+/, `"pid":"many"`),
      /runs\[0\]\.pid should be a whole number/,
    ],
    [
      "with a value that is none",
      (text: string) => text.replace(/"properties":\{[^}]*\}/, `"properties":{"$int":"x"}`),
      /resources\[0\]\.properties should be a value/,
    ],
    ...["declarations", "probe", "changes", "counts", "before", "after", "properties"].map(
      (field) => [`with a number for ${field}`, withNumber(field), /nothing was imported/] as const,
    ),
    [
      "with an unknown state",
      (text: string) => text.replace(/"state":"applied"/, `"state":"fine"`),
      /does not fit together/,
    ],
    [
      "with a row twice",
      (text: string) => text.replace(/(\{"origin":"registered".*\}),\n/, "$1,\n$1,\n"),
      /does not fit together/,
    ],
  ])("that is %s changes nothing", async (_, alter, message) => {
    const text = exported(filled(await storeAt()));
    const store = await storeAt();
    store.create("before");
    expect(() => store.import({ text: alter(text), from: "state.json" })).toThrow(message);
    expect(store.stacks().map(({ name }) => name)).toEqual(["before"]);
    using raw = new Database(store.place, { readonly: true });
    for (const table of ["resources", "runs", "changes", "kv", "contents"])
      expect(raw.query(`SELECT count(*) AS rows FROM ${table}`).get()).toEqual({ rows: 0 });
  });
});

describe("deleting a stack", () => {
  test("leaves an export beside the database from which it comes back", async () => {
    const store = await storeAt();
    const web = filled(store);
    const text = exported(web);
    const path = store.delete(web);
    expect(store.find("web")).toBeNull();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(path).toStartWith(store.place);
    expect(readFileSync(path, "utf8")).toBe(text);
    using raw = new Database(store.place, { readonly: true });
    for (const table of ["resources", "runs", "changes", "kv", "contents", "undo", "unsettled", "verified"])
      expect([table, raw.query(`SELECT count(*) AS rows FROM ${table}`).get()]).toEqual([table, { rows: 0 }]);
    expect(exported(store.import({ text, from: path }))).toBe(text);
  });

  test("does not touch what others hold", async () => {
    const store = await storeAt();
    const other = store.create("other");
    other.state.set("k", 1);
    store.shared.set("k", 2);
    store.delete(filled(store));
    expect([other.state.get("k"), store.shared.get("k")]).toEqual([1, 2]);
  });
});

describe("doctor", () => {
  test("finds a sound database sound, and says what waits", async () => {
    const store = await storeAt();
    filled(store);
    const findings = store.examine();
    expect(findings.filter(({ level }) => level === "problem")).toEqual([]);
    expect(findings.map(({ message }) => message)).toContain(
      "web: run 3 was cut off; 0 of its changes were begun and not finished",
    );
  });

  test("finds contents, history and rows that are not what was written", async () => {
    const store = await storeAt();
    filled(store);
    using raw = new Database(store.place, { readwrite: true });
    raw.run("UPDATE contents SET bytes = x'00' WHERE id = 1; UPDATE runs SET user = 'eve' WHERE number = 2");
    raw.run("PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE number = 3");
    const found = store.examine().filter(({ level }) => level === "problem");
    expect(found.map(({ check }) => check)).toEqual(["references", "references", "contents", "history"]);
    expect(found.at(-1)?.message).toBe("web, run 2: it is not what was recorded when it ended");
  });

  test("backs up and restores, and deletes nothing", async () => {
    const store = await storeAt();
    const text = exported(filled(store));
    store.key();
    const copy = join(scratch(), "backup.db");
    store.backup(copy);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${copy}.key`)).toEqual(readFileSync(`${store.place}.key`));
    expect(() => store.backup(copy)).toThrow(/there already/);
    store.create("later");
    const { place: path } = store;
    store[Symbol.dispose]();

    const { restore } = await import("../../../src/store/sqlite/restore.ts");
    const aside = await restore(path, copy);
    const restored = await storeAt(path);
    expect(restored.stacks().map(({ name }) => name)).toEqual(["web"]);
    expect(exported(restored.mustFind("web"))).toBe(text);
    expect((await storeAt(aside ?? "")).find("later")?.name).toBe("later");
  });

  test("does not restore over a run, nor from what is no backup", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const copy = join(scratch(), "backup.db");
    store.backup(copy);
    const { restore } = await import("../../../src/store/sqlite/restore.ts");
    const held = await web.takeLock(0, new AbortController().signal);
    expect(await restore(store.place, copy).catch(String)).toMatch(/in use by a run/);
    held[Symbol.dispose]();
    expect(await restore(store.place, join(scratch(), "none")).catch(String)).toMatch(/no database of ours/);
    expect(existsSync(store.place)).toBe(true);
    expect(store.find("web")?.name).toBe("web");
  });
});
