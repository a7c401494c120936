import { expect, test } from "bun:test";
import { shapesOf, splitTypes } from "../../src/engine/shape.ts";
import type { Value } from "../../src/base/value.ts";
import { SlothError } from "../../src/base/errors.ts";
import { modules } from "../../src/modules/registry.ts";
import { bench, hostFunction } from "./_support.ts";

const answer: Value = { changed: true, changes: [{ property: "mode", to: "0644" }], data: { own: 1 } };
const shapes = shapesOf(
  "{ changed: boolean, hint?: string, changes: { property: string, to: any }[], data: any }",
  "what t.get answers",
);
const get = hostFunction("t.get", () => ({ values: [answer], shapes }));
const unknown = hostFunction("t.unknown", () => ({ values: [answer], shapes, unknown: ["data"] }));

const fail = hostFunction("t.fail", () => {
  throw new SlothError("E_TEST", "no");
});

test.each([
  ["t.get().chnaged", "site.lua:1: 'chnaged' is not a field of what t.get answers; did you mean 'changed'?"],
  ["t.get().changes[1].propertie", "'propertie' is not a field of what t.get answers; did you mean 'property'?"],
  ["t.unknown().chnaged", "did you mean 'changed'?"],
  ["select(2, pcall(t.fail)).rc", "'rc' is not a field of an error; it has code, message, hint, callee, file, line"],
])("%s is an error with the nearest name", async (read, message) => {
  const { run } = await bench([get, unknown, fail]);
  expect(await run(`local _, e = pcall(function() return ${read} end) return tostring(e)`)).toEqual([
    expect.stringContaining(message),
  ]);
});

test("what may be there, what is the user's own, rawget and pairs stay as they are", async () => {
  const { run } = await bench([get]);
  const script = `
    local r, said = t.get(), {}
    r.mine = 1
    for name in pairs(r) do said[#said + 1] = name end
    return table.concat(said, " "), r.hint, r.data.anything, r.changes[2], rawget(r, "chnaged"), r.mine, r[1]`;
  expect(await run(script)).toEqual(["changed changes data mine", null, null, null, null, 1, null]);
});

test("what functions return is split at commas outside of brackets, and every table they name can be read", () => {
  expect(splitTypes("string, { a: { b: any, c: any }[] }?")).toEqual(["string", "{ a: { b: any, c: any }[] }?"]);
  const returning = modules.flatMap(({ functions }) => functions).flatMap((one) => ("returns" in one ? [one] : []));
  for (const { name, returns } of returning) {
    const opaque = splitTypes(returns).filter(
      (type, i) => type.includes("{") && shapesOf(returns, name)[i] === undefined,
    );
    expect([name, opaque]).toEqual([name, []]);
  }
});
