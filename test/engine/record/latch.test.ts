import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Latch, type DeliveryScope } from "../../../src/engine/record/latch.ts";

const copy = "file_ops.copy";
const conf = "file:/etc/app.conf";
const change = (changeId: number, task: string): { changeId: number; task: string; type: string; address: string } => ({
  changeId,
  task,
  type: copy,
  address: conf,
});
const dependents: Readonly<Record<string, readonly string[]>> = {
  main: ["configure", "serve"],
  configure: ["serve"],
  serve: [],
};
const latchOf = (...unsettled: readonly { changeId: number; task: string; type: string; address: string }[]): Latch =>
  new Latch(
    unsettled,
    (task) => dependents[task] ?? [],
    (task) => task in dependents,
  );

describe("an unsettled change", () => {
  test("is answered once in each attempt of its task", () => {
    const latch = latchOf(change(1, "configure"));
    const scope = { task: "configure" };
    expect(latch.take(scope, copy, conf)?.changeId).toBe(1);
    expect(latch.take(scope, copy, conf)).toBeUndefined();
    latch.beginAttempt("configure");
    expect(latch.take(scope, copy, conf)?.changeId).toBe(1);
  });

  test("is not answered to another task, another type or another address", () => {
    const latch = latchOf(change(1, "configure"));
    expect(latch.take({ task: "serve" }, copy, conf)).toBeUndefined();
    expect(latch.take({ task: "configure" }, "file_ops.attributes", conf)).toBeUndefined();
    expect(latch.take({ task: "configure" }, copy, "file:/etc/other")).toBeUndefined();
  });

  test("of a task that is gone from the workflow goes to whoever declares the resource", () => {
    expect(latchOf(change(1, "renamed")).take({ task: "serve" }, copy, conf)?.changeId).toBe(1);
  });

  test("is settled when its task and all who depend on it have succeeded, and not before", () => {
    const latch = latchOf();
    latch.made(change(7, "configure"), { task: "configure" });
    expect(latch.taskSucceeded("main")).toEqual([]);
    expect(latch.taskSucceeded("configure")).toEqual([]);
    expect(latch.taskSucceeded("serve")).toEqual([7]);
  });

  test("made by main waits for every task", () => {
    const latch = latchOf(change(3, "main"));
    expect([latch.taskSucceeded("main"), latch.taskSucceeded("configure"), latch.taskSucceeded("serve")]).toEqual([
      [],
      [],
      [3],
    ]);
  });

  test("made by this attempt is answered by the next one, not again by this one", () => {
    const latch = latchOf();
    const scope = { task: "configure" };
    latch.made(change(9, "configure"), scope);
    expect(latch.take(scope, copy, conf)).toBeUndefined();
    latch.beginAttempt("configure");
    expect(latch.take(scope, copy, conf)?.changeId).toBe(9);
  });
});

test("when goroutine.map fails, only what was delivered to the items that succeeded settles", () => {
  const latch = latchOf();
  const parent: DeliveryScope = { task: "configure" };
  const [good, bad] = [
    { task: "configure", parent },
    { task: "configure", parent },
  ];
  latch.made(change(1, "configure"), { task: "configure", parent: good });
  latch.made(change(2, "configure"), bad);
  expect(latch.itemsSucceeded([good])).toEqual([1]);
  latch.beginAttempt("configure");
  expect(latch.take(parent, copy, conf)?.changeId).toBe(2);
});

test("over any sequence of failing attempts a change is delivered in every one, and once in the run that completes", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 8 }), (crashes) => {
      let unsettled = [change(1, "configure")];
      for (const crash of [...crashes, false]) {
        const latch = latchOf(...unsettled);
        latch.beginAttempt("configure");
        expect(latch.take({ task: "configure" }, copy, conf)).toBeDefined();
        expect(latch.take({ task: "configure" }, copy, conf)).toBeUndefined();
        if (crash) continue;
        latch.taskSucceeded("configure");
        const settled = latch.taskSucceeded("serve");
        unsettled = unsettled.filter((one) => !settled.includes(one.changeId));
        break;
      }
      expect(unsettled.length).toBe(0);
    }),
  );
});
