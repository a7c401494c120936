import { expect, test } from "bun:test";
import { bench, hostFunction, rejection } from "../_support.ts";

const MIB = 2 ** 20;

const ENDLESS: readonly (readonly [what: string, source: string])[] = [
  ["a loop", `while true do end`],
  ["a loop in pcall in a loop", `while true do pcall(function() while true do end end) end`],
  [
    "a loop in a coroutine",
    `coroutine.wrap(function() while true do pcall(coroutine.wrap(function() while true do end end)) end end)()`,
  ],
  ["calls that answer at once", `while true do pcall(t.now, 1) end`],
  ["calls that wait", `while true do pcall(t.later, 1) end`],
];

test.each(ENDLESS)("%s leaves the event loop its turn and can be stopped", async (_, source) => {
  const { run } = await bench();
  const stop = new AbortController();
  const why = new Error("stopped");
  let ticks = 0;
  const ticking = setInterval(() => {
    if (++ticks === 3) stop.abort(why);
  }, 1);
  expect(await rejection(run(source, stop.signal))).toBe(why);
  clearInterval(ticking);
});

test("endless threads share the time with others", async () => {
  const { run } = await bench();
  const stop = new AbortController();
  const busy = [1, 2, 3].map(() => rejection(run(`while true do end`, stop.signal)));
  expect(await run(`local n = 0 for i = 1, 1e6 do n = n + 1 end t.later() return n`)).toEqual([1e6]);
  stop.abort(new Error("enough"));
  await Promise.all(busy);
});

const RUNAWAY: readonly (readonly [what: string, source: string])[] = [
  ["a growing table", `local t = {} for i = 1, 1e9 do t[i] = { i } end`],
  ["a doubling string", `local s = "x" while true do s = s .. s end`],
  ["string.rep", `string.rep("x", 1e9)`],
  ["an answer of ours", `t.big()`],
];

test.each(RUNAWAY)("%s ends at the memory limit, and the next task has its memory", async (_, source) => {
  const big = hostFunction("t.big", () => ({ values: [new Uint8Array(80 * MIB)] }));
  const { run } = await bench([big], { memoryLimit: 32 * MIB });
  expect(String(await rejection(run(source)))).toMatch(
    /^site\.lua:1: (t\.big: )?Lua needs more than its memory limit of 32 MiB$/,
  );
  expect(await run(`local t = {} for i = 1, 1e5 do t[i] = i end return #t`)).toEqual([1e5]);
});

test("a script may catch the end of its memory", async () => {
  const { run } = await bench([], { memoryLimit: 32 * MIB });
  const source = `return pcall(function() local t = {} for i = 1, 1e9 do t[i] = { i } end end)`;
  expect(await run(source)).toEqual([false, "not enough memory"]);
});

const TOO_DEEP: readonly (readonly [what: string, source: string])[] = [
  ["a function", `local function f(n) return 1 + f(n + 1) end f(1)`],
  ["a gsub callback", `local function f(s) return (s:gsub(".", f)) end f("a")`],
  ["a metamethod", `local t t = setmetatable({}, { __index = function(_, k) return t[k + 1] end }) return t[1]`],
  ["a coroutine", `local function f() return coroutine.wrap(f)() end f()`],
  ["a comparator", `local function f() table.sort({ 1, 2 }, f) end f()`],
];

test.each(TOO_DEEP)("%s that calls itself for ever is an error of the script's", async (_, source) => {
  const { run } = await bench();
  expect(String(await rejection(run(source)))).toMatch(/^site\.lua:1: (C )?stack overflow/);
  expect(await run(`return 1`)).toEqual([1]);
});

test("1,000 threads at once, and one after another leave memory where it was", async () => {
  const { machine } = await bench();
  const fn = machine.load(Buffer.from(`local n = ... return t.later({ n = n }).n`), "site.lua");
  const scope = { task: "main", signal: new AbortController().signal };
  const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => machine.run(fn, [i], scope)));
  expect(all).toEqual(Array.from({ length: 1000 }, (_, i) => [i]));
  const round = async (): Promise<number> => {
    for (let i = 0; i < 10_000; i++) await machine.run(fn, [i], scope);
    return machine.memoryUsed();
  };
  const before = await round();
  expect(await round()).toBeLessThanOrEqual(before + MIB);
});
