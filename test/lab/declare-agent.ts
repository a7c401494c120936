import { parseCall } from "../../src/engine/call/common-fields.ts";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import { LocalTarget } from "../../src/engine/target/local-target.ts";
import type { AnyAction, AnyQuery } from "../../src/engine/resource.ts";
import { openSource } from "../../src/engine/call/source.ts";
import type { TargetCall } from "../../src/engine/target/target.ts";
import { decodeValue, encodeValue, isObject, type Value } from "../../src/base/value.ts";
import { toError } from "../../src/base/errors.ts";
import { modules } from "../../src/modules/registry.ts";
import { bench, declare } from "../support/declare.ts";

/*
 * Compiled and copied to a lab host: makes calls of modules there, one after the other, and tells of each what the engine would.
 * One call a line on standard input: {type, props}; in plan mode an overlay is shared by all of them.
 */
const planning = process.argv[2] === "plan";
const on = bench(planning ? "plan" : "apply");
const target = new LocalTarget("local", on.machine, planning);
for (const line of (await Bun.stdin.text()).split("\n").filter((text) => text !== "")) {
  const call = decodeValue(line);
  const answer = await answerTo(isObject(call) ? call : {});
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function answerTo(call: { readonly [name: string]: Value }): Promise<object> {
  const nothing = { changed: false, action: "none", properties: [], changes: "[]" };
  const type = modules.flatMap(({ functions }) => functions).find(({ name }) => name === call["type"]);
  try {
    if (type?.form === "action") return { ...nothing, ...(await act(type, call["props"] ?? {})) };
    if (type?.form === "query") return { ...nothing, value: await ask(type, call["props"] ?? {}) };
    if (type?.form !== "resource") throw new Error(`there is no ${JSON.stringify(call["type"])}`);
    const { changed, action, changes } = await declare(type, call["props"] ?? {}, on);
    const properties = changes.map(({ property }) => property);
    return { changed, action, properties, changes: encodeValue(changes.map((change) => ({ ...change }))) };
  } catch (thrown) {
    return { ...nothing, error: toError(thrown).toString() };
  }
}

async function act(type: AnyAction, raw: Value): Promise<object> {
  const { props, source, call } = open(type, raw);
  const want = await type.want(props, source);
  if (!(await target.needed(type, want, call))) return {};
  if (planning && type.readOnly?.(want) !== true) return { changed: true, action: "run", properties: ["run"] };
  const { changed } = await target.act(type, want, call);
  return changed ? { changed, action: "run", properties: ["run"] } : { changed };
}

async function ask(type: AnyQuery, raw: Value): Promise<Value> {
  const { props, source, call } = open(type, raw);
  return target.query(type, type.want === undefined ? (props as Value) : await type.want(props, source), call);
}

function open(type: AnyAction | AnyQuery, raw: Value) {
  const { common, props } = parseCall<unknown>(type.schema, raw);
  const { signal } = new AbortController();
  const { sensitive } = common;
  const system = on.machine.reader({ signal, sensitive });
  const contents = new HeldContents(on.key);
  const { source } = openSource(system, contents, { workflowDirectory: on.workflowDirectory }, sensitive);
  const call: TargetCall = { signal, sensitive, keep: false, inputs: contents.from(system) };
  return { props, source, call };
}
