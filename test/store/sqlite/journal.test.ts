import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { digestOf } from "../../../src/base/digest.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { counts, ended, head, intent, problem, row } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

const at = (name: string) => ({ host: "local", kind: "file", name });
const kept = (text: string) => ({ digest: digestOf(text), bytes: Buffer.from(text) });

describe("a run", () => {
  test("is numbered within its stack and leaves the stack with its result", async () => {
    const store = await storeAt();
    const web = store.create("web");
    expect(web.record.status).toBe("new");
    const first = web.beginRun(head);
    expect([first.run, first.interrupted, web.record.status]).toEqual([1, null, "running"]);
    first.end(ended);
    expect(web.record.status).toBe("ok");
    const second = store.mustFind("web").beginRun(head);
    second.end({ status: "failed", counts, error: "no" });
    expect([second.run, second.interrupted, web.record.status]).toEqual([2, null, "failed"]);
    expect(store.create("db").beginRun(head).run).toBe(1);
  });

  test("remembers a change as a resource, and its contents and what it replaced", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const journal = web.beginRun(head);
    journal.taskStarted("main", 1);
    const text = "server {}\n".repeat(100);
    const id = journal.intend(
      intent("/a", { action: "update", before: { mode: "0600" }, beforeContents: kept("old") }),
    );
    journal.done(id, {
      outcome: "update",
      changes: [],
      after: { mode: "0644" },
      afterContents: kept(text),
      row: row("/a"),
      durationMs: 3.7,
    });
    journal.taskEnded("main", "ok", undefined, [id]);
    journal.end(ended);

    expect(journal.recorded(at("/a"))).toEqual(row("/a", { id: 1 }));
    const later = store.mustFind("web");
    expect(later.record.rows()).toEqual([row("/a", { id: 1 })]);
    expect(later.undo(at("/a"))).toEqual({
      original: { mode: "0600" },
      originalDigest: digestOf("old"),
      presentDigest: digestOf(text),
      sealed: false,
    });
    expect(later.contents(digestOf(text))).toEqual(Buffer.from(text));
    expect(later.contents(digestOf("old"))).toEqual(Buffer.from("old"));
    expect(later.contents(digestOf("never"))).toBeNull();
  });

  test("keeps the first original of a resource until it was removed", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    const change = (before: string | null, state: "applied" | "removed") => {
      const id = journal.intend(intent("/a", { before: before === null ? null : { text: before } }));
      journal.done(id, { outcome: "update", changes: [], after: null, row: row("/a", { state }), durationMs: 1 });
    };
    change("one", "applied");
    change("two", "applied");
    expect(web.undo(at("/a"))?.original).toEqual({ text: "one" });
    change("three", "removed");
    change(null, "applied");
    expect(web.undo(at("/a"))?.original).toBeNull();
  });

  test("knows of a property that is stated later how it was before that", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    const change = (before: ValueObject, stated: ValueObject) => {
      const changes = Object.keys(stated).map((property) => ({ property, from: before[property] ?? null, to: true }));
      const id = journal.intend(intent("/a", { before, changes }));
      const facts = row("/a", { properties: stated });
      journal.done(id, { outcome: "update", changes, after: null, row: facts, durationMs: 1 });
    };
    change({ docker: false }, { docker: true });
    change({ docker: true, key: false }, { docker: true, key: true });
    change({ docker: true, key: "by hand", shell: "sh" }, { docker: true, key: true });
    expect(web.undo(at("/a"))?.original).toEqual({ docker: false, key: false });
  });

  test("knows the present contents also after a change that was of the mode alone, until it is removed", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    const change = (after: object | null, text?: string) => {
      const afterContents = text === undefined ? undefined : kept(text);
      const facts = after === null ? null : { mode: "0644" };
      const done = {
        outcome: "update",
        changes: [],
        after: facts,
        afterContents,
        row: row("/a"),
        durationMs: 1,
      } as const;
      journal.done(journal.intend(intent("/a")), done);
      journal.flush();
      return web.undo(at("/a"))?.presentDigest;
    };
    expect([change({}, "one"), change({}), change({}, "two"), change(null)]).toEqual([
      digestOf("one"),
      digestOf("one"),
      digestOf("two"),
      null,
    ]);
  });

  test("writes an outcome with the next intent, and on its own when the event loop has its turn", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const journal = web.beginRun(head);
    const done = { outcome: "create", changes: [], after: {}, row: row("/a"), durationMs: 1 } as const;
    const outcomes = () =>
      store
        .find("web")
        ?.run(1)
        ?.changes.map(({ outcome }) => outcome);
    const first = journal.intend(intent("/a"));
    journal.done(first, done);
    expect(outcomes()).toEqual([null]);
    expect(journal.recorded(at("/a"))).toMatchObject({ name: "/a" });
    journal.done(journal.intend(intent("/b")), { ...done, row: row("/b") });
    expect(outcomes()).toEqual(["create", null]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes()).toEqual(["create", "create"]);
  });

  test("keeps the row of an outcome when what is written with it fails", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    const done = { outcome: "create", changes: [], after: {}, row: row("/a"), durationMs: 1 } as const;
    journal.done(journal.intend(intent("/a")), done);
    expect(() => journal.intend(intent("/b", { task: null as never }))).toThrow();
    journal.flush();
    expect(web.record.rows().map(({ name }) => name)).toEqual(["/a"]);
  });

  test("never keeps what stands behind a keyed digest", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    const digest = digestOf("hunter2", new Uint8Array(32));
    journal.intend(intent("/a", { beforeContents: { digest, bytes: Buffer.from("hunter2") } }));
    expect(web.contents(digest)).toBeNull();
  });
});

describe("unchanged resources", () => {
  test("are written when they are new or differ, and only then", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const first = web.beginRun(head);
    for (let i = 0; i < 2500; i++) first.unchanged(row(`/${i}`));
    expect(first.recorded(at("/2499"))).toEqual(row("/2499"));
    first.end(ended);
    expect(web.record.rows().length).toBe(2500);

    const again = store.mustFind("web");
    const second = again.beginRun(head);
    for (let i = 0; i < 2500; i++) {
      const more = i === 7 ? { checksum: "sha256:2" } : {};
      second.unchanged(row(`/${i}`, { runId: 2, updatedAt: "2027-01-01T00:00:00.000Z", ...more }));
    }
    second.end(ended);
    const written = store
      .mustFind("web")
      .record.rows()
      .filter((resource) => resource.runId === 2);
    expect(written.map(({ name, checksum }) => [name, checksum])).toEqual([["/7", "sha256:2"]]);
  });

  test("tell when they were last right without a write for each", async () => {
    const store = await storeAt();
    const web = store.create("web");
    for (const names of [["/a", "/b"], ["/a", "/b"], ["/b"]]) {
      const journal = web.beginRun(head);
      for (const name of names) journal.unchanged(row(name));
      journal.end(ended);
    }
    const [a, b] = web.record.rows();
    const times = web.lastVerified();
    expect(times.size).toBe(2);
    expect(String(times.get(b?.id ?? 0)) >= String(times.get(a?.id ?? 0))).toBe(true);
    using raw = new Database(store.place, { readonly: true });
    expect(raw.query("SELECT count(*) AS rows FROM verified").get()).toEqual({ rows: 2 });
  });

  test("are in the record before their batch is written", async () => {
    const web = (await storeAt()).create("web");
    const journal = web.beginRun(head);
    journal.unchanged(row("/a"));
    expect(web.record.find("module", at("/a"))?.name).toBe("/a");
    expect(web.record.find("registered", at("/a"))).toBeUndefined();
    expect(web.record.rows().map(({ name }) => name)).toEqual(["/a"]);
  });
});

describe("the change latch's record", () => {
  test("holds a change from its intent until it is settled", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const first = web.beginRun(head);
    const [a, b, c] = ["/a", "/b", "/c"].map((name) => first.intend(intent(name)));
    expect(first.unsettled()).toEqual([]);
    first.failed(b ?? 0, problem, row("/b", { state: "failed" }));
    first.taskEnded("main", "failed", problem, [a ?? 0]);
    first.end({ status: "failed", counts });

    const second = store.mustFind("web").beginRun(head);
    const left = (changeId: number | undefined, name: string) => ({
      changeId,
      task: "main",
      type: "file_ops.copy",
      address: `file:${name}`,
    });
    expect(second.unsettled()).toEqual([left(b, "/b"), left(c, "/c")] as never);
    second.settle([b ?? 0, c ?? 0]);
    second.end(ended);
    expect(web.beginRun(head).unsettled()).toEqual([]);
  });
});

describe("names and values", () => {
  test("come back as they went in, whatever bytes they hold", async () => {
    const store = await storeAt();
    const names = [
      "/ordinary",
      "/ünï→code 😀",
      "/not-utf8-\udcff\udc80",
      "/new\nline\0nul",
      "/\udced\udca0\udc80",
      "/'\"%",
    ];
    const web = store.create("web");
    const journal = web.beginRun(head);
    const values = { big: 2n ** 63n - 1n, bytes: new Uint8Array([0, 255]), $int: "x", odd: "\udcff", none: null };
    for (const name of names) journal.unchanged(row(name, { properties: values, error: "told" }));
    journal.end(ended);
    const again = store.mustFind("web").record;
    expect(again.rows().map(({ name }) => name)).toEqual(names);
    for (const name of names) expect(again.find("module", at(name))?.properties).toEqual(values);
  });

  test("a registered resource and a module's of one address are two", async () => {
    const { record } = (await storeAt()).create("web");
    const registered = record.save(row("x", { origin: "registered", probe: ["cat", "/x"], probeOutput: "1\n" }));
    const module = record.save(row("x"));
    expect(registered.id).not.toBe(module.id);
    expect(record.save({ ...registered, state: "drift", createdAt: "later" })).toEqual({
      ...registered,
      state: "drift",
    });
    expect(record.find("registered", at("x"))).toMatchObject({
      state: "drift",
      probe: ["cat", "/x"],
      probeOutput: "1\n",
    });
    expect(record.find("module", at("x"))).toEqual(module);
  });

  test("outputs are any data", async () => {
    const { record } = (await storeAt(`${scratch()}/a b.db`)).create("web");
    record.setOutput("url", "https://example.com");
    record.setOutput("all", [1, 2n ** 60n, { a: new Uint8Array([1]) }]);
    record.setOutput("url", "https://example.org");
    expect([...record.outputs()]).toEqual([
      ["all", [1, 2n ** 60n, { a: new Uint8Array([1]) }]],
      ["url", "https://example.org"],
    ]);
    expect([record.output("url"), record.output("none")]).toEqual(["https://example.org", undefined]);
  });
});

describe("many resources", () => {
  test("are found in any order, changed or not, whatever was looked at before", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const first = web.beginRun(head);
    for (let i = 0; i < 3000; i++) first.unchanged(row(`/${i}`));
    first.end(ended);
    const journal = store.mustFind("web").beginRun(head);
    for (let k = 0; k < 3000; k++) {
      const i = (k * 1741) % 3000;
      expect(journal.recorded(at(`/${i}`))?.name).toBe(`/${i}`);
      expect(journal.recorded(at(`/none-${i}`))).toBeUndefined();
      if (k % 7 === 0) journal.unchanged(row(`/${i}`, { checksum: `sha256:${k}` }));
    }
    for (let k = 0; k < 3000; k += 7)
      expect(journal.recorded(at(`/${(k * 1741) % 3000}`))?.checksum).toBe(`sha256:${k}`);
  });

  test("that were forgotten are not found again", async () => {
    const web = (await storeAt()).create("web");
    const saved = web.record.save(row("/a"));
    web.forget([saved]);
    expect([web.record.find("module", at("/a")), web.record.rows()]).toEqual([undefined, []]);
    expect(web.record.save(row("/a")).name).toBe("/a");
    expect(web.record.rows().length).toBe(1);
  });
});
