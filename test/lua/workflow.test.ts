import { expect, test } from "bun:test";
import { ScriptError } from "../../src/base/errors.ts";
import { createMachine } from "../../src/lua/vm/machine.ts";
import type { HostCall, ThreadScope } from "../../src/lua/vm/types.ts";
import { createDefinitions, type WorkflowDefinition } from "../../src/lua/workflow.ts";
import { rejection } from "./_support.ts";

async function declare(source: string, task = "main") {
  const begun: WorkflowDefinition[] = [];
  const definitions = createDefinitions<ThreadScope>((workflow) => void begun.push(workflow));
  const module = {
    name: "file_ops.copy",
    call: (_: unknown, call: HostCall<ThreadScope>) => {
      definitions.moduleCalled("file_ops.copy", call);
      return { values: [] };
    },
  };
  const machine = await createMachine<ThreadScope>({ functions: [module], parts: [definitions.part], print: () => {} });
  const scope = { task, signal: new AbortController().signal };
  const ran = machine.run(machine.load(Buffer.from(source), "site.lua"), [], scope);
  return { declared: definitions.of(scope), begun, machine, ran };
}

test("a workflow and its tasks are collected in the order of the file, with defaults", async () => {
  const { declared, begun, ran } = await declare(`
    workflow({ name = "web", max_parallel = 4 })
    task({ name = "a", run = function() end })
    task({ name = "b", depends_on = "a", run = print, retries = 2, retry_delay = "10s", timeout = "5m", tags = { "x" },
      when = function() return true end, on_failure = print })
    task({ name = "c", depends_on = { "a", "b" }, run = print, when = false })
  `);
  await ran;
  expect(begun).toEqual([
    { name: "web", description: undefined, stack: undefined, maxParallel: 4, location: { file: "site.lua", line: 2 } },
  ]);
  expect(declared.workflow).toEqual(begun[0]);
  const fn = expect.objectContaining({ kind: "lua-function" });
  expect(declared.tasks).toMatchObject([
    { name: "a", dependsOn: [], run: fn, retries: 0, retryDelayMs: 1000, tags: [], location: { line: 3 } },
    { name: "b", dependsOn: ["a"], retries: 2, retryDelayMs: 10_000, timeoutMs: 300_000, when: fn, onFailure: fn },
    { name: "c", dependsOn: ["a", "b"], when: false },
  ]);
});

const MISTAKES: readonly (readonly [source: string, message: string])[] = [
  [`task{ nmae = "a", run = print }`, "site.lua:1: task: unknown field 'nmae'; did you mean 'name'?"],
  [`task{ name = "a" }`, "site.lua:1: task: 'run' is missing"],
  [`task{ name = "a", run = "x" }`, "site.lua:1: task: 'run' must be a function"],
  [
    `task{ name = "a\\nb", run = print }`,
    "site.lua:1: task: 'name' is 'a\nb', expected a name of 1 to 200 characters without line breaks",
  ],
  [`task("a")`, "site.lua:1: task: takes one table, not 'a'"],
  [
    `task{ name = "a", run = print, retries = -1 }`,
    "site.lua:1: task: 'retries' is number -1, expected a whole number from 0",
  ],
  [`task{ name = "main", run = print }`, "site.lua:1: task: 'main' is the top level of the file itself"],
  [
    `task{ name = "a", run = print }\ntask{ name = "a", run = print }`,
    "site.lua:2: task: 'a' is declared already, at site.lua:1",
  ],
  [`workflow{ name = "a" }\nworkflow{ name = "b" }`, "site.lua:2: workflow: is declared already, at site.lua:1"],
  [
    `file_ops.copy{}\nworkflow{ name = "b" }`,
    "site.lua:2: workflow: must come before the first module call, which is file_ops.copy at site.lua:1",
  ],
];

test.each(MISTAKES)("%s is a mistake of the file", async (source, message) => {
  const error = await rejection((await declare(source)).ran);
  expect(error).toBeInstanceOf(ScriptError);
  expect(String(error)).toBe(message);
});

test("a task cannot be declared by a running task", async () => {
  const error = await rejection((await declare(`task{ name = "b", run = print }`, "a")).ran);
  expect(String(error)).toBe(
    "site.lua:1: task: was called inside the task 'a'; declare every task at the top level of the file",
  );
});
