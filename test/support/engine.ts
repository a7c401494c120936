import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { callResource } from "../../src/engine/call/call-resource.ts";
import { join } from "node:path";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import type { RunContext, Scope } from "../../src/engine/context.ts";
import type { Outcome, RunEvent } from "../../src/engine/events.ts";
import { openContext } from "../../src/engine/open-context.ts";
import { planLedger } from "../../src/engine/record/plan-ledger.ts";
import { planRecord } from "../../src/engine/record/plan-record.ts";
import type { Journal, RunHead } from "../../src/engine/record/record.ts";
import type { AnyResource } from "../../src/engine/resource.ts";
import { TaskGraph } from "../../src/engine/tasks/task-graph.ts";
import type { Value } from "../../src/base/value.ts";
import { openSqlite } from "../../src/store/sqlite/store.ts";
import { openHost } from "../../src/system/host.ts";

const head: RunHead = {
  mode: "apply",
  command: "run site.lua",
  workflow: "site",
  script: "site.lua",
  scriptDigest: "sha256:00",
  user: "ana",
  sudoUser: null,
  hostname: "build-3",
};

/** One run over a real directory and a real database, without Lua. */
export interface TestRun {
  readonly context: RunContext;
  readonly journal: Journal | null;
  readonly events: readonly RunEvent[];
  declare(type: AnyResource, props: Value, at?: { readonly line?: number; readonly task?: string }): Promise<Outcome>;
  end(status?: "ok" | "failed"): void;
}

/** A run of stack "test" whose database lies in `directory`. */
export async function beginTestRun(
  directory: string,
  mode: "apply" | "plan" = "apply",
  tasks: readonly string[] = [],
): Promise<TestRun> {
  const store = await openSqlite({ path: join(directory, "stacks.db"), mode: mode === "plan" ? "read" : "write" });
  const stack = mode === "plan" ? (store?.find("test") ?? null) : (store?.ensure("test") ?? null);
  const journal = mode === "plan" ? null : (stack?.beginRun(head) ?? null);
  const record = mode === "plan" ? planRecord(stack?.record ?? null, "test") : stack?.record;
  if (record === undefined) throw new Error("no store");
  const events: RunEvent[] = [];
  const machine = openHost({ mode, key: store?.key() });
  const graph = new TaskGraph();
  graph.add(
    "main",
    tasks.map((name) => ({ name, dependsOn: [], tags: [], location: { file: "site.lua", line: 1 } })),
  );
  const { context } = openContext({
    mode,
    diff: true,
    workflowDirectory: directory,
    emit: (event) => events.push(event),
    ledger: journal ?? planLedger(record),
    run: journal?.run ?? null,
    record,
    unsettled: journal?.unsettled() ?? stack?.unsettled() ?? [],
    interrupted: journal?.interrupted ?? null,
    graph,
    machine,
    contents: new HeldContents(machine.key),
    types: () => typesOf(modules),
    connect: () => Promise.reject(new Error("no other host here")),
  });
  const scopes = new Map<string, Scope>();
  const scopeOf = (task: string): Scope => {
    const scope = scopes.get(task) ?? { task, signal: new AbortController().signal, host: "local" };
    scopes.set(task, scope);
    return scope;
  };
  return {
    context,
    journal,
    events,
    declare: async (type, props, at = {}) =>
      await callResource(context, type, props, {
        location: { file: "site.lua", line: at.line ?? 1 },
        scope: scopeOf(at.task ?? "main"),
      }),
    end(status = "ok") {
      journal?.flush();
      journal?.end({ status, counts: context.tally.counts() });
      store?.[Symbol.dispose]();
    },
  };
}
