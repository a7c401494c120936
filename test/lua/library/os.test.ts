import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { breakDown, formatDate } from "../../../src/lua/library/date.ts";
import { ExitRequested } from "../../../src/lua/vm/types.ts";
import { at, hostBench } from "../_host.ts";
import { rejection } from "../_support.ts";

/** As GNU date prints them for `LC_ALL=C TZ=UTC date -d @SECONDS +FORMAT`. */
const DATES: readonly (readonly [seconds: number, format: string, text: string])[] = [
  [0, "%c", "Thu Jan  1 00:00:00 1970"],
  [1_700_000_000, "%Y-%m-%d %H:%M:%S %p %I %j %y %C", "2023-11-14 22:13:20 PM 10 318 23 20"],
  [1_700_000_000, "%a %A %b %B %h %u %w %%", "Tue Tuesday Nov November Nov 2 2 %"],
  [1_609_459_200, "%G-W%V %g %U %W", "2020-W53 20 00 00"],
  [1_704_067_200, "%G-W%V %U %W %e", "2024-W01 00 01  1"],
  [951_782_400, "%F %D %x %T %X %R %r", "2000-02-29 02/29/00 02/29/00 00:00:00 00:00:00 00:00 12:00:00 AM"],
  [951_782_400, "%n%t%Ey%Od", "\n\t0029"],
];

test.each(DATES)("%i as %s", (seconds, format, text) => {
  const date = breakDown(seconds, true);
  expect(date && formatDate(format, date)).toBe(text);
});

test("os.time and os.date undo each other, and fields carry over", async () => {
  await using bench = await hostBench();
  await bench.run(`
    local t = os.time({ year = 2024, month = 14, day = -3, hour = 25 })
    local d = os.date("*t", t)
    print(d.year, d.month, d.day, d.hour, d.isdst ~= nil, os.time(d) == t)
    print(os.date("!%H:%M", 3600), math.type(os.time()), os.difftime(5, 3))
    print(pcall(os.time, { year = 2024, month = 1 }))
    print(pcall(os.date, "%Q"))
    print(os.setlocale(), os.setlocale("de_DE"), os.clock() > 0)
  `);
  expect(bench.printed).toEqual([
    "2025\t1\t29\t1\ttrue\ttrue",
    "01:00\tinteger\t2.0",
    "false\tfield 'day' missing in date table",
    "false\tsite.lua:7: os.date: invalid conversion specifier in '%Q'",
    "C\tnil\ttrue",
  ]);
});

test("os.exit ends the run past any pcall with its status", async () => {
  await using bench = await hostBench();
  const error = await rejection(bench.run(`pcall(function() os.exit(3) end) print("after")`));
  expect(error).toBeInstanceOf(ExitRequested);
  expect(error).toMatchObject({ status: 3, location: { file: "site.lua", line: 1 } });
  expect(await rejection(bench.run(`os.exit(false)`))).toMatchObject({ status: 1 });
  expect(bench.printed).toEqual([]);
});

test("the environment is the machine's, without what the runtime obeys", async () => {
  await using bench = await hostBench();
  expect(await bench.run(`return os.getenv("PATH"), os.getenv("BUN_OPTIONS"), os.getenv("toString")`)).toEqual([
    process.env["PATH"] ?? null,
    null,
    null,
  ]);
});

test("os.tmpname makes a file, and none in plan", async () => {
  await using bench = await hostBench();
  const [made] = await bench.run(`local name = os.tmpname() local f = io.open(name) os.remove(name) return f ~= nil`);
  expect(made).toBe(true);
  await using plan = await hostBench("plan");
  const [name] = await plan.run(`return os.tmpname()`);
  expect(typeof name === "string" && existsSync(name)).toBe(false);
});

test("require finds modules beside the workflow, once, and they may wait while they load", async () => {
  await using bench = await hostBench();
  mkdirSync(at(bench, "lib/deep"), { recursive: true });
  writeFileSync(
    at(bench, "lib/one.lua"),
    `local name, file = ... return { value = t.later(1), name = name, file = file }`,
  );
  writeFileSync(at(bench, "lib/deep/init.lua"), `print("loaded") return require("lib.one")`);
  const [same, name, found] = await bench.run(`
    local deep, file = require("lib.deep")
    return require("lib.deep") == require("lib.one"), deep.name, file`);
  expect([same, name, found]).toEqual([true, "lib.one", at(bench, "lib/deep/init.lua")]);
  expect(bench.printed).toEqual(["loaded"]);
});

test("require names what it tried, circles, and the place of a mistake in a module", async () => {
  await using bench = await hostBench();
  writeFileSync(at(bench, "a.lua"), `require("b")`);
  writeFileSync(at(bench, "b.lua"), `\nrequire("a")`);
  writeFileSync(at(bench, "c.lua"), `\nlocal x = = 1`);
  writeFileSync(at(bench, "d.lua"), `\n\nerror("no")`);
  const failure = async (source: string): Promise<string> =>
    String(await rejection(bench.run(source))).replaceAll(`${bench.directory}/`, "");
  expect(await failure(`require("x.y")`)).toBe(
    "site.lua:1: module 'x.y' not found:\n  no file x/y.lua\n  no file x/y/init.lua",
  );
  expect(await failure(`require("a")`)).toBe("b.lua:2: modules require each other in a circle: a -> b -> a");
  expect(await failure(`require("c")`)).toBe("c.lua:2: unexpected symbol near '='");
  expect(await failure(`require("d")`)).toBe("d.lua:3: no");
  expect(await failure(`require("d")`)).toBe("d.lua:3: no");
});

test("package.path, package.loaded, dofile and loadfile work from the workflow's directory", async () => {
  await using bench = await hostBench();
  mkdirSync(at(bench, "vendor"));
  writeFileSync(at(bench, "vendor/v.lua"), `return "vendored"`);
  writeFileSync(at(bench, "f.lua"), `#!/usr/bin/lua\nx = 1 return x`);
  await bench.run(`
    package.path = "vendor/?.lua;" .. package.path
    print(require("v"), package.loaded.v, require("string") == string, require("os") ~= nil)
    print(dofile("f.lua"), loadfile("f.lua")(), (loadfile("nope.lua")))
    local env = {}
    print(loadfile("f.lua", "t", env)(), env.x)
    print(load("\\27Lua"))
  `);
  expect(bench.printed).toEqual([
    "vendored\tvendored\ttrue\ttrue",
    "1\t1\tnil",
    "1\t1",
    "nil\tattempt to load a binary chunk (mode is 't')",
  ]);
});
