import { expect, test } from "bun:test";
import { ChangeUnderWay, notConverged, type ChangeOf } from "../../../src/engine/call/change-under-way.ts";
import type { ChangeDone, Intent } from "../../../src/engine/record/record.ts";
import { HeldContents } from "../../../src/engine/target/held-contents.ts";
import { Secret } from "../../../src/base/value.ts";

const contents = new HeldContents(new Uint8Array(32).fill(7));

function writer(id: number | Promise<number> = 4) {
  const written: (Intent | ChangeDone | { readonly failed: string })[] = [];
  const ledger = {
    intend: (intent: Intent) => (written.push(intent), id),
    done: (_id: number, done: ChangeDone) => void written.push(done),
    failed: (_id: number, { message }: { readonly message: string }) => void written.push({ failed: message }),
  };
  return { written, ledger, contents };
}

function of(sensitive: boolean): ChangeOf {
  const address = { host: "local", kind: "file", name: "/a" };
  return { task: "t", address, type: "file_ops.copy", location: "site.lua:1", sensitive, startedAt: performance.now() };
}

const change = { property: "mode", from: "0600", to: "0644" };
const intended = { action: "update", changes: [change], before: { mode: "0600", gone: undefined } } as const;

test("the intent comes first, what came of it after; what is undefined is in neither", async () => {
  const to = writer();
  const begun = await ChangeUnderWay.begin(to, of(false), intended);
  begun.done({ outcome: "update", after: { mode: "0644" } });
  expect(to.written).toMatchObject([
    { before: { mode: "0600" }, changes: [change], location: "site.lua:1" },
    { outcome: "update", changes: [change], after: { mode: "0644" } },
  ]);
  expect(Object.keys((to.written[0] as Intent).before ?? {})).toEqual(["mode"]);
});

test("of a sensitive call no value is written, before nor after", async () => {
  const to = writer();
  const begun = await ChangeUnderWay.begin(to, of(true), intended);
  begun.done({ outcome: "update", after: { mode: "0644" } });
  expect(JSON.stringify(to.written)).not.toMatch(/"06/);
  expect(to.written).toMatchObject([{ before: { mode: expect.stringMatching(/^keyed:/) } }, { outcome: "update" }]);
});

test("a text in which a secret of this run stands is written as its keyed digest, whoever reads it", async () => {
  const to = writer();
  const secret = new Secret(new TextEncoder().encode("open sesame"), "test");
  const seen = { ...intended, changes: [{ property: "line", from: "pw=open sesame", to: "pw=x" }] };
  await ChangeUnderWay.begin(to, of(false), seen);
  expect(secret.reveal()).toHaveLength(11);
  expect(JSON.stringify(to.written)).not.toContain("sesame");
});

test("waits for a record that takes its time", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const to = writer(promise);
  const begin = ChangeUnderWay.begin(to, of(false), intended);
  expect(begin).toBeInstanceOf(Promise);
  resolve(9);
  expect((await begin).id).toBe(9);
});

test("a failure is written with the row it leaves", async () => {
  const to = writer();
  const begun = await ChangeUnderWay.begin(to, of(false), intended);
  const seen: string[] = [];
  begun.failed(new Error("no room"), (message) => void seen.push(message));
  expect(to.written[1]).toEqual({ failed: expect.stringContaining("no room") });
  expect(seen[0]).toContain("no room");
});

test("what still differs is told by property, and by value unless that is sensitive", () => {
  expect(notConverged([change], false, "applied").message).toBe(
    'still differs after it was applied: mode is "0600", should be "0644"',
  );
  expect(notConverged([change], true, "put back").message).toBe("still differs after it was put back: mode");
});
