import { expect, test } from "bun:test";
import fc from "fast-check";
import { ScriptError, SlothError } from "../../../src/base/errors.ts";
import { LuaError } from "../../../src/lua/vm/lua-error.ts";
import { EndPrediction } from "../../../src/lua/vm/types.ts";
import { bench, hostFunction, rejection } from "../_support.ts";

const WAITS_EVERYWHERE: readonly (readonly [where: string, source: string])[] = [
  ["plainly", `return t.later(1), t.later(2)`],
  ["in pcall", `local _, a = pcall(t.later, 1) local _, b = pcall(function() return t.later(2) end) return a, b`],
  ["in xpcall", `local _, a = xpcall(t.later, print, 1) return a, 2`],
  [
    "in an iterator",
    `local r = {} for x in function(_, i) i = (i or 0) + 1 if i < 3 then return t.later(i) end end do r[#r + 1] = x end return r[1], r[2]`,
  ],
  [
    "in a metamethod",
    `local p = setmetatable({}, { __index = function(_, k) return t.later(k) end }) return p[1], p[2]`,
  ],
  [
    "in __close",
    `local r do local _ <close> = setmetatable({}, { __close = function() r = t.later(1) end }) end return r, 2`,
  ],
  [
    "in a wrapped coroutine",
    `local co = coroutine.wrap(function() coroutine.yield(t.later(1)) return t.later(2) end) return co(), co()`,
  ],
  [
    "in a coroutine in a coroutine",
    `local outer = coroutine.wrap(function() local inner = coroutine.wrap(function() coroutine.yield(t.later(1)) end) coroutine.yield(inner()) return 2 end) return outer(), outer()`,
  ],
  [
    "in the pieces of load",
    `local n = 0 local f = load(function() n = n + 1 return n == 1 and t.later("return 1, 2") or nil end) return f()`,
  ],
];

test.each(WAITS_EVERYWHERE)("a call can wait %s", async (_, source) => {
  const { run } = await bench();
  expect(await run(source)).toEqual([1, 2]);
});

const CANNOT_WAIT: readonly (readonly [where: string, source: string])[] = [
  ["a comparator", `table.sort({ 1, 2, 3 }, function(a, b) return t.later(a) < b end)`],
  ["a gsub callback", `string.gsub("abc", ".", function(c) return t.later(c) end)`],
  ["__tostring", `tostring(setmetatable({}, { __tostring = function() return t.later("x") end }))`],
  [
    "a coroutine in a comparator",
    `table.sort({ 1, 2, 3 }, function(a, b) return coroutine.wrap(function() return t.later(a) end)() < b end)`,
  ],
];

test.each(CANNOT_WAIT)("where Lua cannot wait, in %s, the error says so and nothing is called", async (_, source) => {
  let calls = 0;
  const { run } = await bench([hostFunction("t.later", () => (calls++, { values: [] }))]);
  const error = await rejection(run(source));
  expect(String(error)).toStartWith("site.lua:1: t.later: has to wait for its answer, and Lua cannot wait here; ");
  expect(calls).toBe(0);
});

test("a call that answers at once works in a comparator", async () => {
  const { run } = await bench();
  const source = `local l = { 3, 1, 2 } table.sort(l, function(a, b) return t.now(a) < t.now(b) end) return l`;
  expect(await run(source)).toEqual([[1, 2, 3]]);
});

test("coroutines keep their own meaning around calls that wait", async () => {
  const { run, printed } = await bench();
  await run(`
    local co
    co = coroutine.create(function(a)
      local b = coroutine.yield(t.later(a))
      print(coroutine.status(co), coroutine.isyieldable(), select(2, coroutine.running()))
      error({ b = b })
    end)
    print(coroutine.resume(co, 1))
    local ok, e = coroutine.resume(co, 2)
    print(ok, e.b, coroutine.status(co), coroutine.isyieldable(), select(2, coroutine.running()))
    print(coroutine.resume(co))
    print(pcall(coroutine.yield))
    print(coroutine.resume(coroutine.create(function() end)))
    print(coroutine.close(coroutine.create(function() end)))
    print(pcall(coroutine.wrap(function() error("oops") end)))
  `);
  expect(printed).toEqual([
    "true\t1",
    "running\ttrue\tfalse",
    "false\t2\tdead\tfalse\ttrue",
    "false\tcannot resume dead coroutine",
    "false\tattempt to yield from outside a coroutine",
    "true",
    "true",
    "false\tsite.lua:15: oops",
  ]);
});

test("a coroutine that waits cannot be resumed by another thread", async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const { machine, run } = await bench([hostFunction("t.gate", () => gate.then(() => ({ values: ["open"] })))]);
  await run(`co = coroutine.create(function() return t.gate() end)`);
  const waiting = run(`return coroutine.resume(co)`);
  await Promise.resolve();
  expect(await run(`return coroutine.status(co), coroutine.resume(co)`)).toEqual([
    "normal",
    false,
    "cannot resume non-suspended coroutine",
  ]);
  release();
  expect(await waiting).toEqual([true, "open"]);
  machine.close();
});

test("an error of ours has place, callee and fields, is text where text is wanted, and keeps its identity", async () => {
  const thrown = new SlothError("E_DISK", "disk is full", { hint: "free some space" });
  const { run, printed } = await bench([hostFunction("t.fail", () => Promise.reject(thrown))]);
  const error = await rejection(
    run(`
      local ok, e = pcall(t.fail)
      print(e) print(e.code, e.message, e.hint, e.line)
      print(e:match("disk"), "got " .. e)
      local again = select(2, pcall(error, e))
      coroutine.wrap(function() error(again, 0) end)()
    `),
  );
  expect(error).toBe(thrown);
  expect(printed).toEqual([
    "site.lua:2: t.fail: disk is full; free some space",
    "E_DISK\tdisk is full\tfree some space\t2",
    "disk\tgot site.lua:2: t.fail: disk is full; free some space",
  ]);
});

const ERRORS: readonly (readonly [source: string, message: string])[] = [
  [`error("hey")`, "site.lua:1: hey"],
  [`error("hey", 0)`, "site.lua:1: hey"],
  [`local x\nx.y = 1`, "site.lua:2: attempt to index a nil value (local 'x')"],
  [`error({ message = "no luck" })`, "site.lua:1: no luck"],
  [`error(setmetatable({}, { __tostring = function() return "mine" end }))`, "site.lua:1: mine"],
  [`error()`, "site.lua:1: nil"],
  [`error({ a = 1 })`, "site.lua:1: error object: { a: 1 }"],
  [`fiel_ops = 1\nfile_ops()`, "site.lua:2: undefined global 'file_ops'; did you mean 'fiel_ops'?"],
  [`t.nwo()`, "site.lua:1: 'nwo' is not in t; did you mean 'now'?"],
  [`t.now = 1`, "site.lua:1: t.now cannot be set: modules are read-only"],
];

test.each(ERRORS)("%s fails with its place", async (source, message) => {
  const { run } = await bench();
  expect(String(await rejection(run(source)))).toBe(message);
});

test("an error of Lua's carries what was thrown, the traceback and the source line", async () => {
  const { machine, run } = await bench();
  const error = await rejection(run(`local function f()\n  error({ 1, 2 })\nend\nf()`));
  expect(error).toBeInstanceOf(LuaError);
  if (!(error instanceof LuaError) || error.location === undefined) return;
  expect(error.value).toEqual([1, 2]);
  expect(error.cause).toContain("site.lua:4: in main chunk");
  expect(machine.sourceLine(error.location)).toBe("error({ 1, 2 })");
});

const LOADS: readonly (readonly [what: string, source: Uint8Array])[] = [
  ["a BOM", Buffer.from("\uFEFFreturn 2")],
  ["CRLF", Buffer.from("local a = 1\r\nreturn 2\r\n")],
  ["a #! line", Buffer.from("#!/usr/bin/env sloth-runner\nreturn debug.getinfo(1).currentline")],
];

test.each(LOADS)("a file with %s simply works", async (_, source) => {
  const { machine } = await bench();
  const scope = { task: "main", signal: new AbortController().signal };
  expect(await machine.run(machine.load(source, "site.lua"), [], scope)).toEqual([2]);
});

const BROKEN: readonly (readonly [source: string, message: string])[] = [
  ["a = = 1", "site.lua:1: unexpected symbol near '='"],
  ["a = 1\nfor", "site.lua:2: <name> expected near <eof>"],
  ["\x1bLua", "site.lua:1: is compiled Lua; give its source"],
];

test.each(BROKEN)("%p is not loaded", async (source, message) => {
  const { machine } = await bench();
  const load = (): unknown => machine.load(Buffer.from(source), "site.lua");
  expect(load).toThrow(ScriptError);
  try {
    load();
  } catch (error) {
    expect(String(error)).toBe(message);
  }
});

test("whatever is not Lua is one error with its line, and harms nothing", async () => {
  const { machine, run } = await bench();
  const pieces = fc.constantFrom(
    "local x = ",
    "function",
    "end",
    "{",
    "}",
    "(",
    '"',
    "[[",
    "\\x",
    "\0",
    "\xff",
    "\n",
    "goto",
    "<close>",
  );
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(pieces).map((all) => Buffer.from(all.join(" "))),
  );
  fc.assert(
    fc.property(broken, (source) => {
      try {
        machine.load(source, "site.lua");
      } catch (error) {
        expect(error).toBeInstanceOf(ScriptError);
        expect(String(error)).toMatch(/^site\.lua:\d+: /);
      }
    }),
    { numRuns: 500 },
  );
  expect(await run(`return 1`)).toEqual([1]);
});

const UNKNOWN_READS: readonly (readonly [what: string, source: string])[] = [
  ["a read", `local x = t.exec().stdout`],
  ["a read in pcall", `pcall(function() return t.exec().stdout end)`],
  ["a read in a coroutine", `pcall(coroutine.wrap(function() return t.exec().stdout end))`],
  [
    "a read in a comparator",
    `pcall(table.sort, { 2, 1 }, function() while true do pcall(function() return t.exec().stdout end) end end)`,
  ],
  ["pairs", `for k in pairs(t.exec()) do print(k) end`],
  ["next", `next(t.exec())`],
  ["rawget", `rawget(t.exec(), "stdout")`],
  ["a call with it", `t.now({ deep = t.exec() })`],
];

test.each(UNKNOWN_READS)("%s of what cannot be known ends the prediction, past any pcall", async (_, source) => {
  const exec = {
    ...hostFunction("t.exec", () => ({ values: [{ changed: true }], unknown: ["stdout"] })),
    waits: false,
  };
  const { run, printed } = await bench([exec]);
  const error = await rejection(run(`print(t.exec().changed)\n${source}\nprint("after")`));
  expect(error).toBeInstanceOf(EndPrediction);
  expect(error).toMatchObject({ location: { file: "site.lua", line: 2 } });
  expect(printed).toEqual(["true"]);
});

test("a bug of ours ends the thread as it is", async () => {
  const bug = new TypeError("x is undefined");
  const { run, printed } = await bench([hostFunction("t.bug", () => Promise.reject(bug))]);
  expect(await rejection(run(`pcall(t.bug) print("after")`))).toBe(bug);
  expect(printed).toEqual([]);
});

test("a function may return anything: what has no counterpart is true", async () => {
  const exec = hostFunction("t.exec", () => ({ values: [{ changed: true }], unknown: ["stdout"] }));
  const { run } = await bench([exec]);
  const source = `local c = {} c.c = c return coroutine.create(print), { 1, x = 2 }, c, t.exec(), { 1 }, false`;
  expect(await run(source)).toEqual([true, true, true, true, [1], false]);
});

test("a stopped task makes no further call", async () => {
  const stop = new AbortController();
  let calls = 0;
  const call = hostFunction("t.stop", () => {
    if (++calls === 1) stop.abort(new Error("stopped"));
    return { values: [] };
  });
  const { run } = await bench([call]);
  expect(await rejection(run(`pcall(t.stop) t.stop()`, stop.signal))).toBe(stop.signal.reason);
  expect(calls).toBe(1);
});
