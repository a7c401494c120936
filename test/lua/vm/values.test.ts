import { expect, test } from "bun:test";
import fc from "fast-check";
import { Secret } from "../../../src/base/value.ts";
import type { LuaArgument } from "../../../src/lua/vm/types.ts";
import { bench, hostFunction, rejection } from "../_support.ts";

const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  fc.double({ noNaN: true }),
  fc.uint8Array({ minLength: 1 }).filter((bytes) => !isUtf8(bytes)),
);
const anything = fc.letrec<{ value: LuaArgument }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value")),
    fc.dictionary(fc.string(), tie("value"), { minKeys: 1, noNullPrototype: true }),
  ),
})).value;

test("what goes through Lua comes back the same", async () => {
  let given: LuaArgument = null;
  let back: LuaArgument | undefined;
  const { machine, run } = await bench([
    hostFunction("t.give", () => ({ values: [given] })),
    hostFunction("t.take", ([value]) => {
      back = value;
      return { values: [] };
    }),
  ]);
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      given = value;
      await run(`t.take(t.give())`);
      expect(back).toEqual(value);
    }),
    { numRuns: 300 },
  );
  machine.close();
});

test("strings are bytes: UTF-8 with a BOM and NUL is text, anything else stays its bytes", async () => {
  const { run } = await bench();
  expect(await run(`return "\\u{FEFF}a\\0ü", "\\xff\\xfe\\0abc", "\\u{FFFD}", #t.now("\\xff\\xfe\\0abc")`)).toEqual([
    "\uFEFFa\0ü",
    Uint8Array.of(0xff, 0xfe, 0, 97, 98, 99),
    "\uFFFD",
    6,
  ]);
});

test("a path with bytes that are not UTF-8 is those bytes in Lua", async () => {
  const { run } = await bench([hostFunction("t.path", () => ({ values: ["/a\udcff"] }))]);
  expect(await run(`return t.path() == "/a\\xff", t.path():byte(-1)`)).toEqual([true, 255]);
});

test("numbers keep their kind and all their digits", async () => {
  const { run } = await bench();
  expect(
    await run(
      `return math.maxinteger, math.mininteger, t.now(9007199254740993), 0.1, 2^53, math.huge, math.type(t.now(3))`,
    ),
  ).toEqual([2n ** 63n - 1n, -(2n ** 63n), 9007199254740993n, 0.1, 2 ** 53, Infinity, "integer"]);
});

test("null is left out of fields, stands in lists, and stays where it is asked for", async () => {
  const nulls = (keepsNull: boolean) => () => ({ values: [{ a: null, l: [1, null, 2] }, null], keepsNull });
  const { run } = await bench([hostFunction("t.plain", nulls(false)), hostFunction("t.kept", nulls(true))], {
    constants: { "t.null": null, "t.pi": 3 },
  });
  const source = `
    local p, k = t.plain(), t.kept()
    return p.a, #p.l, p.l[2] == t.null, k.a == t.null, select(2, t.kept()), t.pi, t.now({ t.null }), tostring(t.null)`;
  expect(await run(source)).toEqual([null, 3, true, true, null, 3, [null], "null"]);
});

test("an empty list stays a list, an empty table is an object", async () => {
  const { run } = await bench([hostFunction("t.empty", () => ({ values: [[], {}] }))]);
  expect(await run(`return t.empty()`)).toEqual([[], {}]);
  expect(await run(`local l = t.empty() l[1] = 1 return l`)).toEqual([[1]]);
});

test("a key that JavaScript knows is a key like others", async () => {
  const { run } = await bench();
  const [value] = await run(`return t.now({ ["__proto__"] = 1, constructor = 2 })`);
  expect(Object.entries(value ?? {})).toEqual(
    expect.arrayContaining([
      ["__proto__", 1],
      ["constructor", 2],
    ]),
  );
});

const REFUSED: readonly (readonly [value: string, message: string])[] = [
  [`print`, "argument 1 is a function, which cannot be used here"],
  [`{ a = { b = { 1, print } } }`, "'a.b[2]' is a function, which cannot be used here"],
  [`1, coroutine.create(print)`, "argument 2 is a coroutine, which cannot be used here"],
  [`{ 1, 2, x = 1 }`, "argument 1 is a list and has named fields too; give it one or the other"],
  [
    `{ 1, nil, 3 }`,
    "argument 1 has [3] but no [2]; a list has no gaps (json.null can fill one), and other keys are strings",
  ],
  [
    `{ [80] = "http" }`,
    "argument 1 has [80] but no [1]; a list has no gaps (json.null can fill one), and other keys are strings",
  ],
  [`{ [true] = 1 }`, "argument 1 has a boolean as a key; keys are strings, or 1, 2, 3… in a list"],
  [`(function() local c = { x = {} } c.x.y = c return c end)()`, "'x.y' contains itself"],
];

test.each(REFUSED)("%s is refused by its name", async (value, message) => {
  const { run } = await bench();
  expect(String(await rejection(run(`t.now(${value})`)))).toBe(`site.lua:1: t.now: ${message}`);
});

test("a table nested too deep is refused, both ways", async () => {
  let deep: LuaArgument = 1;
  for (let i = 0; i < 1000; i++) deep = [deep];
  const { run } = await bench([hostFunction("t.deep", () => ({ values: [deep] }))]);
  expect(String(await rejection(run(`local d = {} for i = 1, 1000 do d = { d } end t.now(d)`)))).toContain(
    "is nested deeper than 200 tables",
  );
  expect(String(await rejection(run(`t.deep()`)))).toContain("nested deeper than 200 tables");
});

test("a table that is used twice comes twice", async () => {
  const { run } = await bench();
  expect(await run(`local s = { 1 } return t.now({ a = s, b = s })`)).toEqual([{ a: [1], b: [1] }]);
});

const secret = new Secret(Buffer.from("hunter2"), "secret.env(PW)");
const secrets = [hostFunction("t.secret", () => ({ values: [secret] }))];

test("a secret stays one through Lua, and joined to text and numbers is a new one", async () => {
  const { run, printed } = await bench(secrets);
  const [same, joined] = await run(`
    local s = t.secret()
    print(s, tostring(s), s == t.secret(), s == s .. "")
    return t.now({ password = s }).password, "pw=" .. s .. 1 .. "/" .. s`);
  expect(same).toBe(secret);
  expect(joined).toBeInstanceOf(Secret);
  if (joined instanceof Secret) {
    expect(Buffer.from(joined.reveal()).toString()).toBe("pw=hunter21/hunter2");
    expect(joined.origin).toBe("secret.env(PW)");
  }
  expect(printed).toEqual(["(secret)\t(secret)\ttrue\tfalse"]);
});

const CLOSED: readonly (readonly [use: string, message: string])[] = [
  [`#s`, "a secret does not tell its length"],
  [`s:upper()`, "a secret has no fields"],
  [`s.x = 1`, "a secret has no fields"],
  [`s < s`, "a secret cannot be compared"],
  [`s .. {}`, "a secret can only be joined with text, a number or another secret"],
  [`string.format("pw=%s", s)`, "a secret cannot be formatted"],
  [`("pw=%s"):format(s)`, "a secret cannot be formatted"],
];

test.each(CLOSED)("%s does not open a secret", async (use, message) => {
  const { run } = await bench(secrets);
  const statement = use.includes(" = ") ? use : `local _ = ${use}`;
  expect(String(await rejection(run(`local s = t.secret() ${statement}`)))).toStartWith(`site.lua:1: ${message}`);
});

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.compare(Buffer.from(Buffer.from(bytes).toString()), bytes) === 0;
}
