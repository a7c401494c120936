import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TaskGraph } from "../../../src/engine/tasks/task-graph.ts";
import { Latch, type DeliveryScope } from "../../../src/engine/record/latch.ts";

const copy = "file_ops.copy";
const conf = "file:/etc/app.conf";
const change = (changeId: number, task: string): { changeId: number; task: string; type: string; address: string } => ({
  changeId,
  task,
  type: copy,
  address: conf,
});
const location = { file: "site.lua", line: 1 };
const graph = new TaskGraph();
graph.add("main", [
  { name: "configure", dependsOn: [], tags: [], location },
  { name: "serve", dependsOn: ["configure"], tags: [], location },
]);
const latchOf = (...unsettled: readonly { changeId: number; task: string; type: string; address: string }[]): Latch =>
  new Latch(unsettled, graph);

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

describe("a call that the record does not know at an address", () => {
  test("answers for the one it replaced, once an attempt; one that is known there does not", () => {
    const latch = latchOf(change(1, "configure"));
    const scope = { task: "configure" };
    expect(latch.take(scope, "file_ops.attributes", conf, () => false)).toBeUndefined();
    expect(latch.take(scope, "file_ops.template", conf, () => true)?.changeId).toBe(1);
    expect(latch.take(scope, "file_ops.template", conf, () => true)).toBeUndefined();
    latch.beginAttempt("configure");
    expect(latch.take(scope, "file_ops.template", conf, () => true)?.changeId).toBe(1);
  });
});

/** Random graphs: each task depends on some of those before it. */
const graphs = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 }).map((all) =>
  all.map((wanted, index) => ({
    name: `t${index}`,
    dependsOn: [...new Set(wanted.filter((other) => other < index).map((other) => `t${other}`))],
    tags: [],
    location,
  })),
);

test("in any graph and any order, what a task changed settles with the last of all who depend on it, directly or not", () => {
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (tasks, random) => {
      const tree = new TaskGraph();
      tree.add("main", tasks);
      const names = ["main", ...tasks.map(({ name }) => name)];
      const latch = new Latch(
        names.map((task, changeId) => change(changeId, task)),
        tree,
      );
      const succeeded = new Set<string>();
      const settled = new Set<number>();
      for (const name of names.toSorted(() => ((random.next().value ?? 0) % 3) - 1)) {
        succeeded.add(name);
        for (const id of latch.taskSucceeded(name)) settled.add(id);
        const expected = names.flatMap((task, id) =>
          [task, ...allDependents(tree, task)].every((one) => succeeded.has(one)) ? [id] : [],
        );
        expect([...settled].toSorted((a, b) => a - b)).toEqual(expected);
      }
    }),
  );
});

function allDependents(tree: TaskGraph, task: string): readonly string[] {
  return tree.dependentsOf(task).flatMap((next) => [next, ...allDependents(tree, next)]);
}

test("a chain of 100,000 tasks, each with a change, is settled in the time of its length", () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => ({
    name: `t${i}`,
    dependsOn: i === 0 ? [] : [`t${i - 1}`],
    tags: [],
    location,
  }));
  const tree = new TaskGraph();
  tree.add("main", chain);
  const latch = new Latch([], tree);
  latch.taskSucceeded("main");
  const settled = chain.flatMap(({ name }, changeId) => {
    latch.beginAttempt(name);
    latch.made({ ...change(changeId, name), address: name }, { task: name });
    return latch.taskSucceeded(name);
  });
  expect(settled).toHaveLength(100_000);
});
