import { callAction } from "../../src/engine/call/call-action.ts";
import { callQuery } from "../../src/engine/call/call-query.ts";
import type { ModuleDefinition, ModuleFunction } from "../../src/engine/resource.ts";
import type { Value, ValueObject } from "../../src/base/value.ts";
import { openHost } from "../../src/system/host.ts";
import type { ReadSystem, System } from "../../src/system/system.ts";
import { callOn, engineOver, type Bench } from "../support/declare.ts";

const KEY = Buffer.from("key");

/** This machine, as calls of a module see it, without an engine. */
export function thisMachine(): System {
  return openHost({ mode: "apply", key: KEY }).writer({ signal: new AbortController().signal });
}

/** A bench whose machine is that system. */
function benchOf(system: ReadSystem): Bench {
  const machine = Object.assign(openHost({ mode: "apply", key: KEY }), {
    reader: () => system,
    writer: () => system as System, // what only reads is asked for no more
  });
  return { machine, key: KEY, planning: false, workflowDirectory: process.cwd() };
}

export interface Acted {
  readonly changed: boolean;
  readonly value: ValueObject;
  /** What was sent to the host. */
  readonly want: Value;
}

/** An action through the engine, from its fields to its result; null when it is not needed. */
export async function act(
  module: ModuleDefinition,
  name: string,
  props: object,
  { system = thisMachine(), sensitive = false }: { system?: System; sensitive?: boolean } = {},
): Promise<Acted | null> {
  const action = functionOf(module, name);
  if (action.form !== "action") throw new Error(`${name} is no action`);
  let want: Value = null;
  let ran = false;
  const seen: typeof action = {
    ...action,
    want: async (...given) => (want = await action.want(...given)),
    run: async (...given) => ((ran = true), await action.run(...given)),
  };
  const raw = { ...props, ...(sensitive && { sensitive }) } as Value;
  const { outcome, value } = await callAction(engineOver(benchOf(system)), seen, raw, callOn());
  return ran ? { changed: outcome.changed, value, want } : null;
}

/** A query's answer. */
export async function ask(
  module: ModuleDefinition,
  name: string,
  props: object = {},
  system: ReadSystem = thisMachine(),
): Promise<Value> {
  const query = functionOf(module, name);
  if (query.form !== "query") throw new Error(`${name} is no query`);
  return await callQuery(engineOver(benchOf(system)), query, props as Value, callOn());
}

function functionOf(module: ModuleDefinition, name: string): ModuleFunction {
  const found = module.functions.find((fn) => fn.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
