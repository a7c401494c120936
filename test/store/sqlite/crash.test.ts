import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { ended, head, intent, row } from "../samples.ts";
import { scratch, storeAt } from "../scratch.ts";

const samples = join(import.meta.dir, "../samples.ts");
const source = join(import.meta.dir, "../../../src/store/sqlite/store.ts");

/**
 * The steps of a run. A child does them up to a number, says so, and is killed where it stands; what the next run must then be
 * told is known: tasks begun and not ended, changes begun and not done, and all that is not settled.
 */
const STEPS = [
  { does: `journal.taskStarted("main", 1)`, tasks: ["main"], inFlight: [], owed: [] },
  { does: `journal.unchanged(row("/same"))`, tasks: ["main"], inFlight: [], owed: [] },
  { does: `a = journal.intend(intent("/a"))`, tasks: ["main"], inFlight: ["file:/a"], owed: ["file:/a"] },
  // Its outcome goes with what is written next, or with the event loop's next turn, which does not come here.
  { does: `journal.done(a, done("/a"))`, tasks: ["main"], inFlight: ["file:/a"], owed: ["file:/a"] },
  { does: `journal.taskStarted("web", 1)`, tasks: ["main", "web"], inFlight: [], owed: ["file:/a"] },
  {
    does: `b = journal.intend(intent("/b", { task: "web" }))`,
    tasks: ["main", "web"],
    inFlight: ["file:/b"],
    owed: ["file:/a", "file:/b"],
  },
  {
    does: `journal.failed(b, problem, row("/b", { state: "failed" }))`,
    tasks: ["main", "web"],
    inFlight: [],
    owed: ["file:/a", "file:/b"],
  },
  { does: `journal.taskEnded("main", "ok", undefined, [a])`, tasks: ["web"], inFlight: [], owed: ["file:/b"] },
  { does: `journal.settle([b])`, tasks: ["web"], inFlight: [], owed: [] },
  { does: `journal.taskEnded("web", "failed", problem, [])`, tasks: [], inFlight: [], owed: [] },
];

describe("killed at any step, the next run", () => {
  test.each(STEPS.map((step, index) => [index, step.does, step] as const))("%i: %s", async (index, _, expected) => {
    const path = join(scratch(), "stacks.db");
    await killedAfter(
      path,
      STEPS.slice(0, index + 1).map((step) => step.does),
    );
    const store = await storeAt(path);
    const web = store.mustFind("web");
    expect(web.status()).toBe("interrupted");
    using lock = await web.takeLock(0, new AbortController().signal);

    const journal = web.beginRun(head);
    expect(journal.interrupted).toMatchObject({
      run: 1,
      otherBoot: false,
      tasks: expected.tasks,
      inFlight: expected.inFlight,
    });
    expect(journal.unsettled().map(({ address }) => address)).toEqual(expected.owed);
    expect(web.verify()).toBeNull();
    journal.settle(journal.unsettled().map(({ changeId }) => changeId));
    journal.end(ended);
    expect(lock).toBeDefined();

    const next = store.mustFind("web").beginRun(head);
    expect([next.run, next.interrupted, next.unsettled()]).toEqual([3, null, []]);
    expect(store.examine().filter(({ level }) => level === "problem")).toEqual([]);
  });
});

test("a run cut off before the machine was started anew is told apart", async () => {
  const path = join(scratch(), "stacks.db");
  await killedAfter(path, [`journal.taskStarted("main", 1)`]);
  const store = await storeAt(path);
  using raw = new Database(path, { readwrite: true });
  raw.run("UPDATE runs SET boot = 'another'");
  expect(store.mustFind("web").beginRun(head).interrupted).toMatchObject({ otherBoot: true, tasks: ["main"] });
});

/*
 * A power cut leaves all that was synced, and of what was written since a beginning: the -wal cut at any place after the last sync.
 */
test("a copy of the files taken at any instant opens, is whole, and holds all that was synced", async () => {
  const store = await storeAt();
  const journal = store.create("web").beginRun(head);
  let synced = { intents: 0, bytes: 0 };
  for (let i = 0; i < 12; i++) {
    const id = journal.intend(intent(`/${i}`, { task: `t${i % 3}` }));
    if (i < 3) synced = { intents: i + 1, bytes: statSync(`${store.place}-wal`).size };
    if (i % 2 === 0) journal.done(id, { outcome: "create", changes: [], after: {}, row: row(`/${i}`), durationMs: 1 });
    if (i % 5 === 0) {
      journal.taskEnded(`t${i % 3}`, "ok", undefined, [id]);
      synced = { intents: i + 1, bytes: statSync(`${store.place}-wal`).size };
    }
    const size = statSync(`${store.place}-wal`).size;
    for (const cut of [synced.bytes, Math.round((synced.bytes + size) / 2), size]) {
      const changes = await changesInCopy(store.place, cut);
      expect(changes).toBeGreaterThanOrEqual(cut === size ? i + 1 : synced.intents);
    }
  }
}, 120_000);

async function changesInCopy(path: string, walBytes: number): Promise<number | undefined> {
  const copy = join(scratch(), "stacks.db");
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  truncateSync(`${copy}-wal`, walBytes);
  using store = await storeAt(copy);
  expect(store.examine().filter(({ level }) => level === "problem")).toEqual([]);
  const web = store.mustFind("web");
  expect(web.beginRun(head).interrupted?.run).toBe(1);
  return web.run(1)?.changes.length;
}

/** Runs the steps in a child that then waits to be killed, holding the stack's lock. */
async function killedAfter(path: string, steps: readonly string[]): Promise<void> {
  const script = `
    import { openSqlite } from ${JSON.stringify(source)};
    import { head, intent, problem, row } from ${JSON.stringify(samples)};
    const store = await openSqlite({ path: ${JSON.stringify(path)}, mode: "write" });
    const web = store.ensure("web");
    await web.takeLock(0, new AbortController().signal);
    const journal = web.beginRun(head);
    const done = (name) => ({ outcome: "create", changes: [], after: {}, row: row(name), durationMs: 1 });
    let a = 0, b = 0;
    ${steps.join(";\n")};
    console.log("done");
    Bun.sleepSync(600_000);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  for await (const chunk of child.stdout) {
    expect(Buffer.from(chunk).toString()).toBe("done\n");
    break;
  }
  child.kill("SIGKILL");
  await child.exited;
}
