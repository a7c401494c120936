import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceRow, RunHead } from "../src/engine/record/record.ts";
import { openSqlite, type SqliteStore } from "../src/store/sqlite/store.ts";

/** Prints what the record costs by itself: `bun scripts/bench-store.ts [RESOURCES]`. */

const count = Number(process.argv[2] ?? 100_000);
const directory = mkdtempSync(join(tmpdir(), "sloth-bench-"));
const path = join(directory, "stacks.db");
const counts = { created: 0, updated: 0, deleted: 0, ran: 0, unchanged: count, failed: 0, carried: 0, unknown: 0 };
const digest = `sha256:${"ab".repeat(32)}`;
const head: RunHead = {
  mode: "apply",
  command: "bench",
  workflow: "bench",
  script: "bench.lua",
  scriptDigest: digest,
  user: "bench",
  sudoUser: null,
  hostname: "here",
};

try {
  {
    using store = await opened();
    const journal = store.create("web").beginRun(head);
    measured(`record ${count} resources first found`, () => {
      for (let i = 0; i < count; i++) journal.unchanged(resource(i));
      journal.end({ status: "ok", counts });
    });
  }
  const start = performance.now();
  using store = await opened();
  const web = store.mustFind("web");
  const journal = web.beginRun(head);
  journal.recorded(resource(0));
  print(`open a record of ${count} and begin a run`, performance.now() - start);
  measured(`look up and confirm ${count} resources`, () => {
    for (let i = 0; i < count; i++) {
      const row = journal.recorded(resource(i));
      if (row !== undefined) journal.unchanged(row);
    }
    journal.end({ status: "ok", counts });
  });
  measured(`list ${count} resources`, () => web.record.rows().length);
  const changes = web.beginRun(head);
  measured("1,000 changes of one task: intent and outcome", () => {
    for (let i = 0; i < 1000; i++) change(i);
  });
  function change(i: number): void {
    const row = resource(i);
    const before = { mode: "0600" };
    const id = changes.intend({
      task: "main",
      address: row,
      type: row.module,
      action: "update",
      changes: [],
      before,
      location: "b:1",
    });
    changes.done(id, { outcome: "update", changes: [], after: { mode: "0644" }, row, durationMs: 1 });
  }
  measured("1,000 values set and read", () => {
    for (let i = 0; i < 1000; i++) store.shared.set(`k${i}`, i);
    for (let i = 0; i < 1000; i++) store.shared.get(`k${i}`);
  });
  const megabytes = process.memoryUsage.rss() / 1024 / 1024;
  console.log(`memory at the end: ${Math.round(megabytes)} MiB`);
} finally {
  rmSync(directory, { recursive: true });
}

async function opened(): Promise<SqliteStore> {
  const store = await openSqlite({ path, mode: "write" });
  if (store === null) throw new Error("mode write answers a store");
  return store;
}

function measured(what: string, work: () => unknown): void {
  const start = performance.now();
  work();
  print(what, performance.now() - start);
}

function print(what: string, ms: number): void {
  console.log(`${what.padEnd(52)} ${ms.toFixed(1).padStart(9)} ms`);
}

function resource(i: number): ResourceRow {
  const name = `/srv/some/directory/with/a/name/file-${i}.conf`;
  const stated = { mode: "0644", owner: "root", group: "root", content: digest };
  const at = "2026-01-02T03:04:05.678Z";
  return {
    id: 0,
    origin: "module",
    host: "local",
    kind: "file",
    name,
    module: "file_ops.copy",
    declarations: [{ type: "file_ops.copy", version: 1, want: { dest: name, mode: 0o644, content: digest }, stated }],
    properties: stated,
    checksum: digest,
    appliedChecksum: null,
    state: "applied",
    error: null,
    adopted: false,
    probe: null,
    probeOutput: null,
    task: "main",
    runId: 1,
    createdAt: at,
    updatedAt: at,
    lastApplied: at,
  };
}
