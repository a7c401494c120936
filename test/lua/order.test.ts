import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeJson } from "../../src/base/formats/json-text.ts";
import type { LuaArgument } from "../../src/lua/vm/types.ts";
import { bench, hostFunction } from "./_support.ts";

const decode = {
  ...hostFunction("t.decode", ([text]) => ({
    values: [decodeJson(typeof text === "string" ? text : "")],
    keepsOrder: true,
  })),
  waits: false,
};
const names = fc.uniqueArray(fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.nat(30).map(String)), {
  minLength: 1,
  maxLength: 30,
});

function lua(name: string): string {
  return `"${[...Buffer.from(name)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

function filled(fields: readonly string[], extra: readonly string[]): string {
  const set = (name: string, value: string): string => `t[${lua(name)}] = ${value}`;
  return ["local t = {}", ...[...extra, ...fields].map((name) => set(name, "1"))]
    .concat(extra.filter((name) => !fields.includes(name)).map((name) => set(name, "nil")))
    .join("\n");
}

const WALK = `local said = {} for name in pairs(t) do said[#said + 1] = name end return said, t`;

test("pairs, and what a module is given, go by name, whatever a table went through before", async () => {
  const { machine, run } = await bench();
  const told = async (source: string): Promise<readonly [unknown, string[]]> => {
    const [walked, given] = await run(`${source}\n${WALK}`);
    return [walked, Object.keys(given as { [key: string]: LuaArgument })];
  };
  await fc.assert(
    fc.asyncProperty(names, names, fc.infiniteStream(fc.nat()), async (fields, extra, random) => {
      const shuffled = fields.map((name) => [random.next().value, name] as const).toSorted(([a], [b]) => a - b);
      const one = await told(filled(fields, []));
      expect(
        await told(
          filled(
            shuffled.map(([, name]) => name),
            extra,
          ),
        ),
      ).toEqual([...one]);
      expect(one[0]).toEqual(one[1]);
    }),
    { numRuns: 200 },
  );
  machine.close();
});

test("a map that was read keeps the order of its text, and what is added comes after", async () => {
  const { machine, run } = await bench([decode]);
  await fc.assert(
    fc.asyncProperty(names, names, async (fields, added) => {
      const text = JSON.stringify(Object.fromEntries(fields.map((name) => [name, 1])));
      const set = added.map((name) => `t[${lua(name)}] = 2`).join("\n");
      const [walked, given] = await run(`local t = t.decode(${lua(text)})\n${set}\n${WALK}`);
      const known = Object.keys(JSON.parse(text) as object);
      expect((walked as string[]).filter((name) => known.includes(name))).toEqual(known);
      expect(Object.keys(given as object)).toEqual(walked as string[]);
      // In an object of JavaScript names that are whole numbers come first, whatever else does.
      const isWhole = (name: string): boolean => /^(0|[1-9]\d*)$/.test(name);
      expect((walked as string[]).filter((name) => !isWhole(name)).slice(0, known.length)).toEqual(
        expect.arrayContaining(known.filter((name) => !isWhole(name))),
      );
    }),
    { numRuns: 200 },
  );
  machine.close();
});

test("numbers come before names, truth after them; what is cleared on the way is left out", async () => {
  const { run } = await bench();
  const walk = `
    local said = {}
    for key, value in pairs{ [0] = 1, 10, 20, [-1] = 2, [2.5] = 3, b = 4, a = 5, ["10"] = 6, ["9"] = 7, [true] = 8, [false] = 9 } do
      said[#said + 1] = tostring(key)
    end
    return table.concat(said, " ")`;
  expect(await run(walk)).toEqual(["1 2 -1 0 2.5 9 10 a b false true"]);
  const cleared = `
    local t, said = { 1, 2, 3, 4, a = 1, b = 2, c = 3 }, {}
    for key in pairs(t) do
      said[#said + 1] = tostring(key)
      t[key] = nil
      t[3], t.b = nil, nil
    end
    return table.concat(said, " "), next(t) == nil`;
  expect(await run(cleared)).toEqual(["1 2 4 a c", true]);
});

const PROGRAM = `
  local t, said = {}, {}
  for i = 1, 40 do t["name" .. i * 7919 % 101] = i end
  for key in next, t do said[#said + 1] = key end
  print(table.concat(said, " "))
  print(math.random(1 << 60))`;

test("Lua itself has one order in every process, and chance in each another", async () => {
  const program = `import { bench } from ${JSON.stringify(`${import.meta.dir}/_support.ts`)};
    const { run, printed } = await bench(); await run(${JSON.stringify(PROGRAM)}); console.log(printed.join("\\n"));`;
  const outputs = [1, 2, 3].map(() => Bun.spawnSync([process.execPath, "-e", program]).stdout.toString().split("\n"));
  expect(new Set(outputs.map(([order]) => order)).size).toBe(1);
  expect(outputs[0]?.[0]).toContain("name");
  expect(new Set(outputs.map(([, chance]) => chance)).size).toBe(3);
});
