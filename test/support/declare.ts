import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { callResource } from "../../src/engine/call/call-resource.ts";
import type { Call, Ledger, RunContext } from "../../src/engine/context.ts";
import type { Emit, OutcomeAction, RunEvent } from "../../src/engine/events.ts";
import { openContext } from "../../src/engine/open-context.ts";
import { planLedger } from "../../src/engine/record/plan-ledger.ts";
import { planRecord } from "../../src/engine/record/plan-record.ts";
import type { ResourceRow } from "../../src/engine/record/record.ts";
import type { AnyResource, Change, Facts } from "../../src/engine/resource.ts";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import { LocalTarget, type Machine } from "../../src/engine/target/local-target.ts";
import { TaskGraph } from "../../src/engine/tasks/task-graph.ts";
import { isObject, type Value } from "../../src/base/value.ts";
import { openHost, type HostOptions } from "../../src/system/host.ts";

export interface Declared {
  readonly changed: boolean;
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  readonly names: readonly string[];
  /** What a record holds of each resource. */
  readonly wants: readonly Value[];
  readonly stated: readonly (Partial<Facts> | null)[];
  /** In plan: why nobody can know. */
  readonly unknown: string | undefined;
}

export interface Bench {
  readonly machine: Machine;
  /** Kept, so that secrets have the same digests in every call. */
  readonly key: Uint8Array;
  readonly planning: boolean;
  readonly workflowDirectory: string;
}

/** This machine. */
export function bench(mode: HostOptions["mode"] = "apply", workflowDirectory = "/"): Bench {
  const key = new Uint8Array(32).fill(7);
  return { machine: openHost({ mode, key }), key, planning: mode !== "apply", workflowDirectory };
}

/** What a call is made from in tests, on a host: another than this one is this machine all the same. */
export function callOn(host = "local"): Call {
  return {
    location: { file: "site.lua", line: 1 },
    scope: { task: "main", host, signal: new AbortController().signal },
  };
}

/** The engine over that machine, with a record of its own. */
export function engineOver(on: Bench, emit: Emit = () => undefined, ledger: Partial<Ledger> = {}): RunContext {
  const { machine, planning, workflowDirectory } = on;
  const record = planRecord(null, "test");
  return openContext({
    mode: planning ? "plan" : "apply",
    diff: false,
    workflowDirectory,
    emit,
    ledger: { ...planLedger(record), ...ledger },
    run: 1,
    record,
    unsettled: [],
    interrupted: null,
    graph: new TaskGraph(),
    machine,
    contents: new HeldContents(on.key),
    types: () => typesOf(modules),
    connect: (name) => Promise.resolve(new LocalTarget(name, machine, planning)),
  }).context;
}

/** One call of a resource through the engine. */
export async function declare(type: AnyResource, raw: Value, on: Bench, host = "local"): Promise<Declared> {
  const rows: ResourceRow[] = [];
  const events: RunEvent[] = [];
  const context = engineOver(on, (event) => events.push(event), {
    unchanged: (row) => void rows.push(row),
    done: (_changeId, { row }) => void (row !== undefined && rows.push(row)),
  });
  const { changed, action } = await callResource(context, type, raw, callOn(host));
  const outcomes = events.flatMap((event) => (event.type === "resource_done" ? [event.outcome] : []));
  const declarations = rows.map((row) => row.declarations.at(-1));
  return {
    changed,
    action,
    changes: outcomes.flatMap((outcome) => outcome.changes),
    names: outcomes.map(({ name }) => name),
    wants: declarations.map((declaration) => declaration?.want ?? null),
    stated: rows.map(({ properties }) => (isObject(properties) ? properties : null)),
    unknown: outcomes.find((outcome) => outcome.unknown !== undefined)?.unknown,
  };
}
