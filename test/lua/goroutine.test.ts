import { expect, test } from "bun:test";
import { SlothError } from "../../src/base/errors.ts";
import { createGoroutines } from "../../src/lua/goroutine.ts";
import { createMachine, type Machine } from "../../src/lua/vm/machine.ts";
import { MapError } from "../../src/lua/map-error.ts";
import { EndPrediction, type LuaArgument, type LuaHostFunction } from "../../src/lua/vm/types.ts";
import { rejection } from "./_support.ts";

interface Scope {
  readonly task: string;
  readonly signal: AbortSignal;
  readonly label: string;
}

async function bench(functions: readonly LuaHostFunction<Scope>[] = []) {
  let machine: Machine<Scope> | undefined = undefined;
  const opened = (): Machine<Scope> => {
    if (machine === undefined) throw new Error("not open");
    return machine;
  };
  const goroutines = createGoroutines<Scope>({
    run: (fn, args, scope) => opened().run(fn, args, scope),
    fork: (scope, label, signal) => ({ task: scope.task, label, signal }),
    sleeps: true,
  });
  const printed: string[] = [];
  machine = await createMachine<Scope>({
    functions: [tick, fail, ...functions],
    parts: [goroutines.part],
    print: (text) => void printed.push(text.toString()),
  });
  const run = (source: string, signal = new AbortController().signal): Promise<readonly LuaArgument[]> =>
    goroutines.run(opened().load(Buffer.from(source), "site.lua"), [], { task: "main", label: "", signal });
  return { run, printed };
}

const tick: LuaHostFunction<Scope> = {
  name: "t.tick",
  call: () => new Promise((resolve) => setImmediate(() => resolve({ values: [] }))),
};
const fail: LuaHostFunction<Scope> = {
  name: "t.fail",
  call: ([what]) => Promise.reject(new SlothError("E_T", String(typeof what === "object" ? "" : what))),
};

test("map runs all at once within its limit and answers in order", async () => {
  const { run } = await bench();
  const [results, most] = await run(`
    local running, most = 0, 0
    local results = goroutine.map({ 3, 1, 2 }, function(item, i)
      running = running + 1
      most = math.max(most, running)
      for _ = 1, item do t.tick() end
      running = running - 1
      return item * 10 + i
    end, { limit = 2 })
    return results, most
  `);
  expect(results).toEqual([31, 12, 23]);
  expect(most).toBe(2);
});

test("items and results stay the same Lua values", async () => {
  const { run } = await bench();
  const source = `
    local item = { f = print }
    local results = goroutine.map({ item }, function(it) it.seen = true return it end)
    return results[1] == item, item.seen`;
  expect(await run(source)).toEqual([true, true]);
});

test("a failing map waits for all and lists each failed item", async () => {
  const { run, printed } = await bench();
  const error = await rejection(
    run(`goroutine.map({ "web1", "web2", "web3" }, function(host)
      if host ~= "web2" then t.tick() t.fail("no " .. host) end
      t.tick() t.tick() t.tick() t.tick() print(host)
    end)`),
  );
  expect(String(error)).toBe(
    "site.lua:1: goroutine.map: 2 of 3 failed:\n" +
      "  web1: site.lua:2: t.fail: no web1\n  web3: site.lua:2: t.fail: no web3",
  );
  expect(printed).toEqual(["web2"]);
  expect(error).toBeInstanceOf(MapError);
  if (error instanceof MapError) expect(error.succeeded).toMatchObject([{ label: "web2" }]);
});

test("after stop_after_failures no further item is started", async () => {
  const { run } = await bench();
  const error = await rejection(
    run(`goroutine.map({ 1, 2, 3, 4, 5 }, function(i) t.fail(i) end, { limit = 1, stop_after_failures = 2 })`),
  );
  expect(String(error)).toStartWith("site.lua:1: goroutine.map: 2 of 5 failed, 3 were not started:\n");
});

test("an item that cannot be predicted ends the prediction, when nothing failed", async () => {
  const unknown: LuaHostFunction<Scope> = { name: "t.exec", call: () => ({ values: [{}], unknown: ["stdout"] }) };
  const { run, printed } = await bench([unknown]);
  const source = (other: string): string =>
    `pcall(goroutine.map, { 1, 2 }, function(i) if i == 1 then print(t.exec().stdout) end ${other} end)\nprint("after")`;
  expect(await rejection(run(source("t.tick()")))).toBeInstanceOf(EndPrediction);
  expect(printed).toEqual([]);
  await run(source("t.fail(i)"));
  expect(printed).toEqual(["after"]);
});

test("async runs beside its caller, await answers its results or raises its error", async () => {
  const { run } = await bench();
  const source = `
    local h = goroutine.async(function(a, b) t.tick() return a, b end, 1, nil)
    local e = goroutine.async(function() t.fail("gone") end)
    local ok, err = pcall(goroutine.await, e)
    return select("#", goroutine.await(h)), (goroutine.await(h)), ok, tostring(err)`;
  expect(await run(source)).toEqual([2, 1, false, "site.lua:3: t.fail: gone"]);
});

test("await_all answers in order", async () => {
  const { run } = await bench();
  const source = `
    local hs = {}
    for i = 1, 3 do hs[i] = goroutine.async(function() for _ = i, 3 do t.tick() end return i end) end
    return goroutine.await_all(hs)`;
  expect(await run(source)).toEqual([[1, 2, 3]]);
});

test("what is left running is waited for, and its failure is not lost", async () => {
  const { run, printed } = await bench();
  await run(`goroutine.async(function() t.tick() t.tick() print("done") end)`);
  expect(printed).toEqual(["done"]);
  const error = await rejection(run(`goroutine.async(function() t.tick() t.fail("late") end)`));
  expect(String(error)).toBe("site.lua:1: t.fail: late");
});

test("timeout ends what takes longer, whatever it does, and the caller goes on", async () => {
  const { run } = await bench();
  const source = `
    local ok, err = pcall(goroutine.timeout, 20, function() while true do pcall(t.tick) end end)
    local ok2, err2 = pcall(goroutine.timeout, 20, function() while true do pcall(error) end end)
    return err.code, err2.message, goroutine.timeout(1000, function() return 7 end)`;
  expect(await run(source)).toEqual(["E_TIMEOUT", "took longer than 20 ms", 7]);
});

test("sleep ends when the task is stopped", async () => {
  const { run } = await bench();
  const stop = new AbortController();
  const ran = rejection(run(`goroutine.sleep(60000)`, stop.signal));
  const reason = new SlothError("E_TIMEOUT", "task took too long");
  setImmediate(() => stop.abort(reason));
  expect(await ran).toBe(reason);
});
