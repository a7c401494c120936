import { bench, declare, type Declared } from "../support/declare.ts";
import { modules } from "../../src/modules/registry.ts";
import { decodeValue, encodeValue, isObject, type Value } from "../../src/engine/value.ts";
import { toError } from "../../src/errors.ts";

/*
 * Compiled and copied to a lab host: declares resources there, one after the other, and tells of each what the engine would.
 * One call a line on standard input: {type, props}; in plan mode an overlay is shared by all of them.
 */
const planning = process.argv[2] === "plan";
const on = bench(planning ? "plan" : "apply");
for (const line of (await Bun.stdin.text()).split("\n").filter((text) => text !== "")) {
  const call = decodeValue(line);
  const answer = await answerTo(isObject(call) ? call : {});
  process.stdout.write(`${answer}\n`);
}

async function answerTo(call: { readonly [name: string]: Value }): Promise<string> {
  const type = modules.flatMap(({ functions }) => functions).find(({ name }) => name === call["type"]);
  if (type?.form !== "resource") throw new Error(`no resource ${JSON.stringify(call["type"])}`);
  try {
    const { changed, action, changes }: Declared = await declare(type, call["props"] ?? {}, on);
    const properties = changes.map(({ property }) => property);
    return JSON.stringify({
      changed,
      action,
      properties,
      changes: encodeValue(changes.map((change) => ({ ...change }))),
    });
  } catch (thrown) {
    return JSON.stringify({
      changed: false,
      action: "none",
      properties: [],
      changes: "[]",
      error: toError(thrown).toString(),
    });
  }
}
