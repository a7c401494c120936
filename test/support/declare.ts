import { parseCall } from "../../src/engine/call/common-fields.ts";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import type { OutcomeAction } from "../../src/engine/events.ts";
import { LocalTarget, type Machine } from "../../src/engine/target/local-target.ts";
import type { AnyResource, Change, Facts, TargetLook } from "../../src/engine/resource.ts";
import { openSource } from "../../src/engine/call/source.ts";
import type { TargetCall } from "../../src/engine/target/target.ts";
import type { Value } from "../../src/base/value.ts";
import { openHost, type HostOptions } from "../../src/system/host.ts";

export interface Declared {
  readonly changed: boolean;
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  readonly names: readonly string[];
  /** What a record would hold of each resource. */
  readonly wants: readonly Value[];
  readonly stated: readonly (Partial<Facts> | null)[];
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

/**
 * The engine's line for one call, without record, events and latch: what a type does is what it does in a run. `host` names what the call
 * is for; it is this machine all the same.
 */
export async function declare(type: AnyResource, raw: Value, on: Bench, host = "local"): Promise<Declared> {
  const { common, props } = parseCall(type.schema, raw);
  const { sensitive } = common;
  const { signal } = new AbortController();
  const system = on.machine.reader({ signal, sensitive });
  const contents = new HeldContents(on.key);
  const { source } = openSource(system, contents, { workflowDirectory: on.workflowDirectory }, sensitive);
  const target = new LocalTarget("local", on.machine, on.planning);
  const call: TargetCall = { signal, sensitive, keep: false, inputs: contents.from(system) };
  const look: TargetLook = {
    host,
    isDirectory: (path) => target.isDirectory(path),
    ask: (query, want) => target.query(query, want, call),
  };
  const items = type.expand === undefined ? [props] : await type.expand(props, source, look);
  const groups = type.applyAll === undefined ? items.map((item) => [item]) : [items];
  const done: One[] = [];
  for (const group of groups) {
    const wants = group.map(async (item) => ({ name: type.identity(item), want: await type.want(item, source) }));
    done.push(...(await together(type, await Promise.all(wants), target, call)));
  }
  const changes = done.flatMap((each) => each.changes);
  const changed = done.filter((each) => each.action !== "none");
  return {
    changed: changed.length > 0,
    action: changed[0]?.action ?? "none",
    changes,
    names: done.map(({ name }) => name),
    wants: done.map(({ want }) => want),
    stated: done.map(({ stated }) => stated),
  };
}

interface One {
  readonly name: string;
  readonly want: Value;
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  readonly stated: Partial<Facts> | null;
}

/** Looks at all, then makes what differs in one go, as the engine does. */
async function together(
  type: AnyResource,
  items: readonly Pick<One, "name" | "want">[],
  target: LocalTarget,
  call: TargetCall,
): Promise<readonly One[]> {
  const found = [];
  for (const item of items) found.push({ ...item, ...(await target.examine(type, item.name, item.want, call)) });
  const differing = found.filter(({ asIs, diff }) => !asIs && diff.changes.length > 0);
  const applied = differing.length === 0 ? [] : await target.apply(type, differing, call);
  const left = applied.flatMap((item) => item.left);
  if (left.length > 0) throw new Error(`not converged: ${JSON.stringify(left)}`);
  return found.map((item) => {
    const { name, want, diff } = item;
    const made = applied[differing.indexOf(item)];
    if (made === undefined) return { name, want, action: "none", changes: [], stated: diff.desired };
    return { name, want, action: diff.action, changes: diff.changes, stated: made.desired };
  });
}
