import { selectTasks } from "../../../src/engine/tasks/select-tasks.ts";
import { TaskGraph } from "../../../src/engine/tasks/task-graph.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { orderTasks, type GraphTask } from "../../../src/engine/tasks/order-tasks.ts";
import { succeeded, type TaskEnd, runGraph } from "../../../src/engine/tasks/run-graph.ts";

function task(name: string, dependsOn: readonly string[] = [], tags: readonly string[] = []): GraphTask {
  return { name, dependsOn, tags, location: { file: "site.lua", line: name.length } };
}

const names = (tasks: readonly GraphTask[]): readonly string[] => tasks.map(({ name }) => name);

/** Tasks whose dependencies only point at earlier indexes, in a shuffled file order: no cycles. */
const graphs = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 20 }).chain((edges) => {
  const tasks = edges.map((to, index) => task(`t${index}`, index === 0 ? [] : to.map((other) => `t${other % index}`)));
  return fc.shuffledSubarray(tasks, { minLength: tasks.length });
});

describe("order", () => {
  test("keeps the order of the file where dependencies allow it", () => {
    expect(names(orderTasks([task("a"), task("c", ["b"]), task("b"), task("d")]))).toEqual(["a", "b", "c", "d"]);
  });

  test("puts every task after all it depends on, for any graph without cycles", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const order = names(orderTasks(tasks));
        expect([...order].sort()).toEqual([...names(tasks)].sort());
        for (const { name, dependsOn } of tasks)
          for (const other of dependsOn) expect(order.indexOf(other)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  test("names a dependency that is not there, and the closest one that is", () => {
    const broken = [task("install"), task("configure", ["instal"])];
    expect(() => orderTasks(broken)).toThrow("task 'configure' depends on 'instal', which is not there");
    try {
      orderTasks(broken);
    } catch (error) {
      expect(String(error)).toEndWith("; did you mean 'install'?");
    }
  });

  test("prints a cycle as its path", () => {
    expect(() => orderTasks([task("x", ["a"]), task("a", ["b"]), task("b", ["c"]), task("c", ["a"])])).toThrow(
      "a -> b -> c -> a",
    );
    expect(() => orderTasks([task("a", ["a"])])).toThrow("a -> a");
  });

  test("takes a chain of 100,000 tasks", () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => task(`t${i}`, i === 99_999 ? [] : [`t${i + 1}`]));
    expect(orderTasks(chain)[0]?.name).toBe("t99999");
  });
});

test("a graph knows who depends on whom directly, and that all depend on the top level", () => {
  const graph = new TaskGraph();
  expect(graph.knows("anything")).toBe(true);
  graph.add("main", orderTasks([task("a"), task("b", ["a", "a"]), task("c", ["b"]), task("d")]));
  expect([graph.dependentsOf("a"), graph.dependentsOf("d"), graph.dependentsOf("main")]).toEqual([
    ["b"],
    [],
    ["a", "b", "c", "d"],
  ]);
  expect([graph.dependenciesOf("c"), graph.dependenciesOf("main")]).toEqual([["main", "b"], []]);
  expect([graph.knows("a"), graph.knows("anything")]).toEqual([true, false]);
});

describe("selection", () => {
  const ordered = orderTasks([task("a"), task("b", ["a"], ["web"]), task("c", ["b"]), task("d", [], ["db"])]);

  test("of a task brings what it depends on and nothing else", () => {
    expect(names(selectTasks(ordered, { tasks: ["b"], tags: [] }))).toEqual(["a", "b"]);
    expect(names(selectTasks(ordered, { tasks: [], tags: ["db"] }))).toEqual(["d"]);
    expect(names(selectTasks(ordered, { tasks: [], tags: [] }))).toEqual(["a", "b", "c", "d"]);
  });

  test("of an unknown task or tag is an error with the closest name", () => {
    expect(() => selectTasks(ordered, { tasks: ["e"], tags: [] })).toThrow("no task 'e'");
    expect(() => selectTasks(ordered, { tasks: [], tags: ["wep"] })).toThrow("no tag 'wep'");
  });
});

describe("schedule", () => {
  test("never starts a task before its dependencies ended, never more than allowed at once, and ends all", async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        async (tasks, limit, fails) => {
          const ordered = orderTasks(tasks);
          const ended = new Set<string>();
          let running = 0;
          const execute = async (one: GraphTask): Promise<TaskEnd> => {
            expect(++running).toBeLessThanOrEqual(limit);
            for (const name of one.dependsOn) expect(ended.has(name)).toBe(true);
            await Promise.resolve();
            running--;
            ended.add(one.name);
            return { result: fails[Number(one.name.slice(1))] === true ? "failed" : "ok" };
          };
          const skip = (one: GraphTask): TaskEnd => {
            ended.add(one.name);
            return { result: "skipped" };
          };
          const ends = await runGraph(ordered, limit, execute, skip);
          expect(ends.size).toBe(tasks.length);
          for (const one of tasks) {
            const blocked = one.dependsOn.some((name) => !succeeded(ends.get(name)));
            expect(ends.get(one.name)?.result === "skipped").toBe(blocked);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("one at a time runs in the order of the file", async () => {
    const order: string[] = [];
    const execute = async (one: GraphTask): Promise<TaskEnd> => {
      order.push(one.name);
      return await Promise.resolve({ result: "ok" });
    };
    await runGraph(orderTasks([task("a"), task("c", ["b"]), task("b"), task("d")]), 1, execute, () => ({
      result: "skipped",
    }));
    expect(order).toEqual(["a", "b", "c", "d"]);
  });
});
