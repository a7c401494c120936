import { expect, test } from "bun:test";
import type { Address } from "../../src/base/address.ts";
import { digestOf } from "../../src/base/digest.ts";
import { SlothError } from "../../src/base/errors.ts";
import type { Value } from "../../src/base/value.ts";
import type { Stack, Store } from "../../src/store/contract.ts";
import { ended, head, intent, problem, row } from "./samples.ts";

/** A kind of store, as the suite uses it. */
export interface Kind {
  /** An empty store for one test, which its end closes. */
  readonly fresh: () => Promise<Store>;
  /** The same store, opened by somebody else. */
  readonly again: (store: Store) => Promise<Store>;
}

/** Every promise of the record (src/store/contract.ts), as cases that each store must pass. */
export function conforms(kind: Kind): void {
  catalogue(kind);
  runs(kind);
  undoing(kind);
  marks(kind);
  settings(kind);
  keyValue(kind);
  locks(kind);
  upkeep(kind);
}

const never = new AbortController().signal;
const at = (name: string): Address => ({ host: "local", kind: "file", name });

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "nothing was refused";
  } catch (error) {
    if (error instanceof SlothError) return error.code;
    throw error;
  }
}

function catalogue({ fresh, again }: Kind): void {
  test("a stack is made once, found by its name, and kept", async () => {
    const store = await fresh();
    const made = await store.create("web");
    expect(await codeOf(() => store.create("web"))).toBe("E_STACK_EXISTS");
    expect((await store.ensure("web")).id).toBe(made.id);
    const other = await again(store);
    expect((await other.find("web"))?.id).toBe(made.id);
    expect(await other.find("db")).toBeNull();
    expect(await codeOf(() => other.mustFind("wbe"))).toBe("E_STACK_UNKNOWN");
  });

  test("a name that cannot name a stack is refused and nothing is made", async () => {
    const store = await fresh();
    for (const name of ["", "a/b", ".a", "-a", "x".repeat(129)])
      expect(await codeOf(() => store.create(name))).toBe("E_USAGE");
    expect(await store.stacks()).toEqual([]);
  });

  test("another name keeps the record; one that is taken is refused", async () => {
    const store = await fresh();
    const web = await store.create("web");
    await store.create("db");
    web.record.setOutput("url", "x");
    expect(await codeOf(() => store.rename(web, "db"))).toBe("E_STACK_EXISTS");
    await store.rename(web, "site");
    const site = await store.mustFind("site");
    expect([site.id, [...(await site.outputs())]]).toEqual([web.id, [["url", "x"]]]);
  });

  test("what is exported is imported the same, whole or not at all", async () => {
    const store = await fresh();
    const web = await lived(await store.create("web"));
    const text = await exported(web);
    const elsewhere = await fresh();
    const copy = await elsewhere.import({ text, from: "x" });
    expect(await exported(copy)).toBe(text);
    expect(await copy.verify()).toBeNull();
    expect(await codeOf(() => elsewhere.import({ text, from: "x" }))).toBe("E_STACK_EXISTS");
    const broken = text.replace('"adopted":0', '"adopted":"no"');
    const third = await fresh();
    expect(await codeOf(() => third.import({ text: broken, from: "x" }))).toBe("E_IMPORT");
    expect(await third.stacks()).toEqual([]);
  });
}

function runs({ fresh, again }: Kind): void {
  test("an intent is there before what it is about, its outcome before the run's end", async () => {
    const store = await fresh();
    const web = await store.create("web");
    const journal = await web.beginRun(head);
    const id = journal.intend(intent("/a"));
    const other = await (await again(store)).mustFind("web");
    expect((await other.run(1))?.changes).toMatchObject([{ name: "/a", outcome: null, unsettled: true }]);
    journal.done(id, { outcome: "create", changes: [], after: {}, durationMs: 1, row: row("/a", { runId: 1 }) });
    await journal.taskEnded("main", "ok", undefined, [id]);
    await journal.end(ended);
    const run = await (await (await again(store)).mustFind("web")).run(1);
    expect(run).toMatchObject({ status: "ok", changes: [{ outcome: "create", unsettled: false }] });
  });

  test("a run that never ended is named by the next, with what was in flight", async () => {
    const store = await fresh();
    const web = await store.create("web");
    const first = await web.beginRun(head);
    first.taskStarted("main", 1);
    first.intend(intent("/a"));
    const second = await (await store.mustFind("web")).beginRun(head);
    expect([second.run, second.interrupted]).toMatchObject([2, { run: 1, tasks: ["main"], inFlight: ["file:/a"] }]);
    await second.end(ended);
    expect((await (await store.mustFind("web")).beginRun(head)).interrupted).toBeNull();
  });

  test("a change is owed until it is settled, across runs", async () => {
    const web = await (await fresh()).create("web");
    const first = await web.beginRun(head);
    const [a, b] = [first.intend(intent("/a")), first.intend(intent("/b"))];
    first.failed(b, problem, row("/b", { state: "failed" }));
    await first.end({ ...ended, status: "failed" });
    const second = await web.beginRun(head);
    expect(second.unsettled().map(({ address }) => address)).toEqual(["file:/a", "file:/b"]);
    await second.settle([a]);
    await second.end(ended);
    expect((await web.unsettled()).map(({ changeId }) => changeId)).toEqual([b]);
  });

  test("runs are numbered on, a version counts those that ended, the newest comes first", async () => {
    const store = await fresh();
    await store.create("web");
    for (let count = 0; count < 3; count++) await (await (await store.mustFind("web")).beginRun(head)).end(ended);
    const web = await store.mustFind("web");
    expect([web.version, (await web.runs(2)).map(({ number }) => number)]).toEqual([3, [3, 2]]);
  });

  test("what a workflow keeps is what its runs recorded last, without what was removed or registered", async () => {
    const store = await fresh();
    const web = await store.create("web");
    const own = await web.beginRun(head);
    const theirs = { ...head, workflow: "other" };
    for (const name of ["/a", "/b"]) web.record.save(row(name, { runId: own.run }));
    web.record.save(row("/gone", { runId: own.run, state: "removed" }));
    web.record.save(row("/by-hand", { runId: own.run, origin: "registered" }));
    await own.end(ended);
    const other = await web.beginRun(theirs);
    web.record.save(row("/b", { runId: other.run }));
    await other.end(ended);
    expect(await web.keptBy(head.workflow)).toEqual([{ host: "local", kind: "file", name: "/a" }]);
    expect(await web.keptBy("other")).toEqual([{ host: "local", kind: "file", name: "/b" }]);
  });

  test("the chain holds over all that is recorded; pruning keeps the last run and the chain", async () => {
    const store = await fresh();
    const web = await store.create("web");
    for (let count = 0; count < 4; count++) await (await web.beginRun(head)).end(ended);
    expect(await web.verify()).toBeNull();
    expect(await web.prune({ runs: 2, days: 400 })).toBe(2);
    expect((await web.runs(9)).map(({ number }) => number)).toEqual([4, 3]);
    expect(await web.verify()).toBeNull();
    expect((await web.beginRun(head)).run).toBe(5);
  });

  test("a run whose changes are owed is not pruned, nor what came after it", async () => {
    const web = await (await fresh()).create("web");
    const first = await web.beginRun(head);
    first.intend(intent("/a"));
    await first.end(ended);
    for (let count = 0; count < 3; count++) await (await web.beginRun(head)).end(ended);
    expect(await web.prune({ runs: 1, days: 400 })).toBe(0);
  });

  test("rows and outputs are those of the run that wrote them last; what is forgotten is gone", async () => {
    const store = await fresh();
    const web = await lived(await store.create("web"));
    const other = await (await again(store)).mustFind("web");
    expect((await other.resources()).map(({ name, state }) => [name, state])).toEqual([["/a", "applied"]]);
    expect([...(await other.states())]).toEqual([["applied", 1]]);
    expect([...(await other.outputs())]).toEqual([["url", "http://a"]]);
    await web.forget(await web.resources());
    expect(await (await (await again(store)).mustFind("web")).resources()).toEqual([]);
  });

  test("secrets are taken out of what is recorded of errors", async () => {
    const web = await (await fresh()).create("web");
    const journal = await web.beginRun(head, (text) => text.replaceAll("hunter2", "(secret)"));
    await journal.taskEnded("main", "failed", { code: "E_IO", message: "hunter2 is wrong" }, []);
    await journal.end({ ...ended, status: "failed" });
    expect((await web.run(1))?.tasks).toMatchObject([{ error: { message: "(secret) is wrong" } }]);
  });
}

function undoing({ fresh }: Kind): void {
  const kept = (text: string) => ({ digest: digestOf(text), bytes: Buffer.from(text) });

  test("what was there before the first change stays known, with its contents", async () => {
    const web = await (await fresh()).create("web");
    for (const [before, after] of [
      ["old", "new"],
      ["new", "newer"],
    ] as const) {
      const journal = await web.beginRun(head);
      const id = journal.intend(
        intent("/a", { action: "update", before: { mode: "0600" }, beforeContents: kept(before) }),
      );
      const done = { outcome: "update", changes: [], after: { mode: "0644" }, afterContents: kept(after) } as const;
      journal.done(id, { ...done, row: row("/a", { runId: journal.run }), durationMs: 1 });
      await journal.end(ended);
    }
    const { originalOf, contents } = await web.undoing();
    const original = originalOf(at("/a"));
    expect(original).toMatchObject({
      facts: { mode: "0600" },
      digest: digestOf("old"),
      presentDigest: digestOf("newer"),
    });
    expect(contents(digestOf("old"))).toEqual(new Uint8Array(Buffer.from("old")));
    expect(originalOf(at("/never"))).toBeUndefined();
    expect((await web.moments(1)).addresses).toMatchObject([{ address: at("/a"), digest: digestOf("new") }]);
  });

  test("what files held around changes stays known when their runs are pruned", async () => {
    const web = await (await fresh()).create("web");
    const texts = ["u", "one", "two", "three"];
    for (const [index, before] of texts.slice(0, -1).entries()) {
      const journal = await web.beginRun(head);
      const id = journal.intend(intent("/a", { action: "update", before: {}, beforeContents: kept(before) }));
      const done = { outcome: "update", changes: [], after: {}, afterContents: kept(texts[index + 1] ?? "") } as const;
      journal.done(id, { ...done, row: row("/a", { runId: journal.run }), durationMs: 1 });
      await journal.taskEnded("main", "ok", undefined, [id]);
      await journal.end(ended);
    }
    const chain = async () => (await web.undoing()).digestsOf([at("/a")]);
    expect(await chain()).toMatchObject([
      { before: digestOf("u") },
      { before: digestOf("one") },
      { before: digestOf("two") },
    ]);
    expect(await web.prune({ runs: 1, days: 400 })).toBe(2);
    const left = await chain();
    expect([left[0]?.before, left.at(-1)?.after]).toEqual([digestOf("u"), digestOf("three")]);
    expect(left.every(({ before }, index) => index === 0 || before === left[index - 1]?.after)).toBe(true);
    const { contents } = await web.undoing();
    expect(contents(digestOf("u"))).toEqual(new Uint8Array(Buffer.from("u")));
  });

  test("how a thing was at a run that only found it right is what that run found", async () => {
    const web = await (await fresh()).create("web");
    const first = await web.beginRun(head);
    first.unchanged(row("/a", { properties: { mode: "0644" }, runId: 1 }));
    await first.end(ended);
    const second = await web.beginRun(head);
    const id = second.intend(intent("/a", { action: "update", before: { mode: "0600", size: 1 } }));
    const after = { mode: "0640", size: 1 };
    second.done(id, { outcome: "update", changes: [], after, durationMs: 1, row: row("/a", { runId: 2 }) });
    await second.end(ended);
    expect((await web.moments(1)).addresses).toMatchObject([{ facts: { mode: "0644", size: 1 } }]);
    expect((await web.moments(2)).addresses).toMatchObject([{ facts: { mode: "0640", size: 1 } }]);
  });

  test("contents of 4 MiB are kept, larger ones are not, secret ones never", async () => {
    const web = await (await fresh()).create("web");
    const journal = await web.beginRun(head);
    const [most, more] = [Buffer.alloc(4 << 20, 1), Buffer.alloc((4 << 20) + 1, 1)];
    const secret = { digest: `keyed:${"0".repeat(64)}`, bytes: Buffer.from("secret") } as const;
    for (const [name, beforeContents] of [
      ["/most", { digest: digestOf(most), bytes: most }],
      ["/more", { digest: digestOf(more), bytes: more }],
      ["/secret", secret],
    ] as const)
      journal.intend(intent(name, { beforeContents }));
    await journal.end(ended);
    expect((await web.contents(digestOf(most)))?.length).toBe(4 << 20);
    expect([await web.contents(digestOf(more)), await web.contents(secret.digest)]).toEqual([null, null]);
  });

  test("other stacks that keep a thing too are named", async () => {
    const store = await fresh();
    await lived(await store.create("web"));
    const db = await lived(await store.create("db"));
    expect((await db.undoing()).alsoIn(at("/a"))).toEqual(["web"]);
    expect((await db.undoing()).alsoIn(at("/b"))).toEqual([]);
  });
}

function marks({ fresh }: Kind): void {
  test("a mark of drift changes the mark alone, and only of the row that was looked at", async () => {
    const web = await lived(await (await fresh()).create("web"));
    const looked = await web.resources();
    const marksOf = (drifted: boolean) => looked.map((found) => ({ row: found, drifted }));
    expect(await web.markDrift(marksOf(true))).toBe(1);
    expect(await web.resources()).toEqual(looked.map((found) => ({ ...found, state: "drift" })));
    expect(await web.markDrift(marksOf(true))).toBe(0);
    const [drifted] = await web.resources();
    if (drifted === undefined) throw new Error("no row");
    web.record.save({ ...drifted, checksum: "sha256:2", runId: 2 });
    expect(await web.markDrift([{ row: drifted, drifted: false }])).toBe(0);
    expect((await web.resources()).map(({ state, checksum }) => [state, checksum])).toEqual([["drift", "sha256:2"]]);
  });
}

function settings({ fresh, again }: Kind): void {
  test("defaults and hosts are kept by name", async () => {
    const store = await fresh();
    const web = await store.create("web");
    await web.setConfig("port", 80);
    await web.setConfig("port", { a: [1n << 60n] });
    await web.rememberHost("h1", { address: "10.0.0.1" });
    const other = await (await again(store)).mustFind("web");
    expect([...(await other.config())]).toEqual([["port", { a: [1n << 60n] }]]);
    expect([...(await other.hosts())]).toEqual([["h1", { address: "10.0.0.1" }]]);
    expect([await other.deleteConfig("port"), await other.deleteConfig("port")]).toEqual([true, false]);
  });
}

function keyValue({ fresh, again }: Kind): void {
  test("a key has its value for everybody until it is deleted", async () => {
    const store = await fresh();
    const values: readonly Value[] = [1, 1n << 62n, 1.5, "é\0", new Uint8Array([255]), [], {}, [null, { a: true }]];
    for (const [index, value] of values.entries()) await store.shared.set(`k${index}`, value);
    const { shared } = await again(store);
    for (const [index, value] of values.entries()) expect(await shared.get(`k${index}`)).toEqual(value);
    expect((await shared.list("k")).map(({ key }) => key)).toEqual(values.map((_, index) => `k${index}`));
    expect([await shared.delete("k0"), await shared.delete("k0"), await shared.get("k0")]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  test("spaces of stacks and of the store are apart", async () => {
    const store = await fresh();
    const [web, db] = [await store.create("web"), await store.create("db")];
    await web.state.set("k", 1);
    await db.state.set("k", 2);
    expect([await web.state.get("k"), await db.state.get("k"), await store.shared.get("k")]).toEqual([1, 2, undefined]);
  });

  test("what has expired is not there, for any verb", async () => {
    const { shared } = await fresh();
    await shared.set("k", 1, 0.001);
    while ((await shared.get("k")) !== undefined) await Bun.sleep(1);
    expect([await shared.list(), (await shared.stats()).keys]).toEqual([[], 0]);
    expect(await shared.increment("k", 5)).toBe(5);
    await shared.set("far", 1, 3e11);
    expect(await shared.get("far")).toBe(1);
  });

  test("whole numbers are added exactly, and refused beyond 64 bits", async () => {
    const { shared } = await fresh();
    await shared.set("n", 2n ** 62n);
    expect(await shared.increment("n", 1)).toBe(2n ** 62n + 1n);
    expect(await codeOf(() => shared.increment("n", 2n ** 62n))).toBe("E_STATE_RANGE");
    await shared.set("t", "text");
    expect(await codeOf(() => shared.increment("t", 1))).toBe("E_STATE_TYPE");
  });

  test("compare_swap sets only over what is expected", async () => {
    const { shared } = await fresh();
    expect(await shared.compareSwap("k", 1, 2)).toBe(false);
    expect(await shared.compareSwap("k", undefined, { a: 1 })).toBe(true);
    expect(await shared.compareSwap("k", undefined, 3)).toBe(false);
    expect(await shared.compareSwap("k", { a: 1 }, 3)).toBe(true);
    expect(await shared.get("k")).toBe(3);
  });

  test("keys, values and times that are none are refused", async () => {
    const { shared } = await fresh();
    expect(await codeOf(() => shared.set("", 1))).toBe("E_STATE_KEY");
    expect(await codeOf(() => shared.set("x".repeat(1025), 1))).toBe("E_STATE_KEY");
    expect(await codeOf(() => shared.set("k", "x".repeat((16 << 20) + 1)))).toBe("E_STATE_LIMIT");
    expect(await codeOf(() => shared.set("k", 1, 0))).toBe("E_STATE_TTL");
    expect(await shared.list()).toEqual([]);
  });
}

function locks({ fresh, again }: Kind): void {
  test("a stack's lock is one, named to who waits, and free when it is let go", async () => {
    const store = await fresh();
    const web = await store.create("web");
    const held = await web.takeLock(0, never);
    const other = await (await again(store)).mustFind("web");
    expect(await other.lockedBy()).toMatchObject({ pid: process.pid });
    expect(await codeOf(() => other.takeLock(0, never))).toBe("E_LOCKED");
    await (await (await store.create("db")).takeLock(0, never))[Symbol.asyncDispose]();
    const waiting = other.takeLock(60_000, never);
    await held[Symbol.asyncDispose]();
    await (await waiting)[Symbol.asyncDispose]();
    expect(await web.lockedBy()).toBeNull();
  });

  test("a lock that is waited for is given up when asked to", async () => {
    const web = await (await fresh()).create("web");
    await using _held = await web.takeLock(0, never);
    const stop = AbortSignal.timeout(20);
    expect(await web.takeLock(60_000, stop).catch((error: unknown) => error)).toBe(stop.reason);
  });

  test("a lock of the state is one for its name and space", async () => {
    const store = await fresh();
    const web = await store.create("web");
    await using _held = await web.state.lock("deploy", 0, never);
    await using _other = await store.shared.lock("deploy", 0, never);
    expect(await codeOf(() => web.state.lock("deploy", 0, never))).toBe("E_STATE_LOCKED");
  });

  test("a run that says it runs is interrupted when nobody holds the lock", async () => {
    const web = await (await fresh()).create("web");
    const held = await web.takeLock(0, never);
    await web.beginRun(head);
    expect([await web.status(), (await web.runs(1))[0]?.status]).toEqual(["running", "running"]);
    await held[Symbol.asyncDispose]();
    expect([await web.status(), (await web.runs(1))[0]?.status]).toEqual(["interrupted", "interrupted"]);
  });
}

function upkeep({ fresh }: Kind): void {
  test("a whole store has no problem, and says where it is", async () => {
    const store = await fresh();
    await lived(await store.create("web"));
    expect((await store.examine()).filter(({ level }) => level === "problem")).toEqual([]);
    expect(store.place).not.toBe("");
  });

  test("the key is 32 bytes and stays", async () => {
    const store = await fresh();
    const key = await store.key();
    expect([key.length, await store.key()]).toEqual([32, key]);
  });

  test("a command at work is known until it is forgotten", async () => {
    const store = await fresh();
    const web = await store.create("web");
    const child = { pid: 42, startTicks: 7, boot: "b", program: "apt-get" };
    const forget = web.noteChild(child);
    expect((await store.mustFind("web")).leftChildren()).toEqual([child]);
    forget();
    expect(web.leftChildren()).toEqual([]);
  });
}

/** One run that made /a and put out a URL. */
async function lived(stack: Stack): Promise<Stack> {
  const journal = await stack.beginRun(head);
  const id = journal.intend(intent("/a"));
  journal.done(id, {
    outcome: "create",
    changes: [],
    after: {},
    durationMs: 1,
    row: row("/a", { runId: journal.run }),
  });
  stack.record.setOutput("url", "http://a");
  await stack.state.set("k", 1);
  await journal.taskEnded("main", "ok", undefined, [id]);
  await journal.end(ended);
  return stack;
}

async function exported(stack: Stack): Promise<string> {
  const pieces: string[] = [];
  await stack.export({ contents: true }, (piece) => void pieces.push(piece));
  return pieces.join("");
}
