import { digestOf, type Digest } from "../../src/base/digest.ts";
import type { ActionResult, Inputs, ModuleDefinition, ModuleFunction, Source } from "../../src/engine/resource.ts";
import { parseProps } from "../../src/engine/schema.ts";
import { Secret, type Value } from "../../src/base/value.ts";
import { openHost } from "../../src/system/host.ts";
import type { ReadSystem, System } from "../../src/system/system.ts";

const KEY = Buffer.from("key");

/** This machine, as calls of a module see it, without an engine. */
export function thisMachine(): System {
  return openHost({ mode: "apply", key: KEY }).writer({ signal: new AbortController().signal });
}

/** A source over a system that keeps in memory what it holds, and the inputs that give it back. */
function sourceOver(system: ReadSystem, sensitive = false): { readonly source: Source; readonly inputs: Inputs } {
  const held = new Map<Digest, Uint8Array>();
  const hold: Source["hold"] = (contents) => {
    const bytes = contents instanceof Secret ? contents.reveal() : Buffer.from(contents);
    const digest = digestOf(bytes, sensitive || contents instanceof Secret ? KEY : undefined);
    held.set(digest, bytes);
    return digest;
  };
  const read: Inputs["read"] = (digest) => {
    const bytes = held.get(digest);
    return bytes === undefined ? Promise.reject(new Error(`${digest} is not held`)) : Promise.resolve(bytes);
  };
  const own = { workflowDirectory: process.cwd(), locate: (path: string) => path, sensitive, hold };
  const source: Source = Object.assign(Object.create(system) as Source, own);
  const open: Inputs["open"] = async function* (digest) {
    yield await read(digest);
  };
  return { source, inputs: { open, read } };
}

export interface Acted extends ActionResult {
  readonly want: Value;
}

/** An action from its fields to its result; null when it is not needed. */
export async function act(
  module: ModuleDefinition,
  name: string,
  props: object,
  { system = thisMachine(), sensitive = false }: { system?: System; sensitive?: boolean } = {},
): Promise<Acted | null> {
  const action = functionOf(module, name);
  if (action.form !== "action") throw new Error(`${name} is no action`);
  const { source, inputs } = sourceOver(system, sensitive);
  const want = await action.want(parseProps(action.schema, props), source);
  if ((await action.needed?.(want, system)) === false) return null;
  return { ...(await action.run(want, system, inputs)), want };
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
  const { source } = sourceOver(system);
  const parsed = parseProps(query.schema, props);
  return query.read(query.want === undefined ? (parsed as Value) : await query.want(parsed, source), system);
}

function functionOf(module: ModuleDefinition, name: string): ModuleFunction {
  const found = module.functions.find((fn) => fn.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
