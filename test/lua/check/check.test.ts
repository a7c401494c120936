import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../../support/command-line.ts";

const scratch = mkdtempSync("/tmp/sloth-check-");
mkdirSync(join(scratch, "files"));
writeFileSync(join(scratch, "files/nginx.conf"), "x");
writeFileSync(join(scratch, "helpers.lua"), "greeting = 'hi'\nreturn { name = function() return greetng end }\n");
afterAll(() => rmSync(scratch, { recursive: true }));

async function told(command: string, source: string, ...flags: string[]): Promise<{ code: number; text: string }> {
  const path = join(scratch, "site.lua");
  writeFileSync(path, source);
  const { code, stdout, stderr } = await runLine([command, path, ...flags]);
  return { code, text: (stderr + stdout).replaceAll(`${scratch}/`, "") };
}

const MISTAKES: readonly (readonly [source: string, message: string])[] = [
  [`local function f() return pritn end`, "site.lua:1: undefined global 'pritn'; did you mean 'print'?"],
  [`if false then\n  file_ops.coyp{}\nend`, "site.lua:2: 'coyp' is not in file_ops; did you mean 'copy'?"],
  [
    `local fo = file_ops\nlocal function f() fo.copy{ content = "", dst = "/x" } end`,
    "unknown field 'dst'; did you mean 'dest'?",
  ],
  [
    `local d = os.getenv("D")\nfile_ops.copy{\n  dest = d,\n  mode = 644,\n}`,
    "site.lua:4: file_ops.copy: 'mode' is number 644",
  ],
  [`file_ops.directory{ mode = "0755" }`, "site.lua:1: file_ops.directory: 'path' is missing"],
  [`file_ops.copy{ dest = "/x" }`, "file_ops.copy: takes either 'src' or 'content'"],
  [
    `pkg.install("htop", "3.0")`,
    `pkg.install: takes one table, not 'htop'; write pkg.install{ name = "htop", version = "3.0" }`,
  ],
  [
    `file_ops.copy("a", "/b")`,
    `file_ops.copy: takes one table, not 'a'; write file_ops.copy{ src = "a", dest = "/b" }`,
  ],
  [`x = None`, "undefined global 'None'; it is nil in Lua"],
  [`pkg.install{ name = nginx }`, `undefined global 'nginx'; a text stands in quotes: "nginx"`],
  [`pkg.install("htop")`, `pkg.install: takes one table, not 'htop'; write pkg.install{ name = "htop" }`],
  [`file_ops:copy{ content = "", dest = "/x" }`, "write file_ops.copy{ … }, with a dot"],
  [
    `local r = exec.run{ cmd = "true" }\nif r.exit_code == 0 and r.sdtout then end`,
    "'sdtout' is not a field of what exec.run answers; did you mean 'stdout'?",
  ],
  [
    `local function f() return facts.all{}.os.nmae end`,
    "'nmae' is not a field of what facts.all answers; did you mean 'name'?",
  ],
  [`task{ name = "a", run = function(ctx) return ctx.taks end }`, "'taks' is not a field of ctx; did you mean 'task'?"],
  [
    `task{ name = "a", depends_on = "bb", run = function() end }\ntask{ name = "b", run = function() end }`,
    "task 'a' depends on 'bb', which is not there; did you mean 'b'?",
  ],
  [
    `task{ name = "a", run = function() end }\n\ntask{ name = "a", run = function() end }`,
    "site.lua:3: task: 'a' is declared already, at site.lua:1",
  ],
  [`task{ name = "a", rum = function() end }`, "task: unknown field 'rum'; did you mean 'run'?"],
  [
    `exec.run{ cmd = "make" }\nfile_ops.copy{ src = "files/ngnix.conf", dest = "/x" }`,
    "files/ngnix.conf is not there; did you mean 'files/nginx.conf'?",
  ],
  [`file_ops.template{ src = "other.j2", dest = "/x" }`, "site.lua:1: file_ops.template: other.j2 is not there"],
  [`fs.read("x")\nstack.get_resource("a")\nlog.info()`, "site.lua:2: stack.get_resource: 'name' is missing"],
  [`local h = require "helpers"`, "helpers.lua:2: undefined global 'greetng'; did you mean 'greeting'?"],
  [`require "hlepers"`, "site.lua:1: require: module 'hlepers' is not there"],
  [`string.foramt("x")`, "'foramt' is not in string; did you mean 'format'?"],
];

test.each(MISTAKES)("%j is told before anything is done", async (source, message) => {
  const applied = `file_ops.touch{ path = "${join(scratch, "made")}" }\n`;
  for (const command of ["run", "plan"]) {
    const { code, text } = await told(command, source, "--db", join(scratch, "db"), "--stack", "s");
    expect([code, text]).toEqual([65, expect.stringContaining(message)]);
  }
  const { text } = await told("run", `${source}\n${applied}`, "--db", join(scratch, "db"), "--stack", "s");
  expect(text).not.toContain("+ file_ops.touch");
  expect(await told("check", source)).toEqual({ code: 65, text: expect.stringContaining(message) });
});

const RIGHT: readonly string[] = [
  `local f = file_ops\nif os.getenv("X") then f = pkg end\nlocal function g() f.anything{} end`,
  `local t = { content = "" }\nlocal function fill() t.dest = "/x" end\nfill()\nfile_ops.copy(t)`,
  `local t = { content = "" }\nfor k, v in pairs{ dest = "/x" } do t[k] = v end\nfile_ops.copy(t)`,
  `local t = { content = "" }\nlocal u = { inner = t }\nu.inner.dest = "/x"\nfile_ops.copy(t)`,
  `local content = os.getenv("X") and "a" or nil\nfile_ops.copy{ content = content or "b", dest = "/x", mode = os.getenv("X") and "0600" or "0644" }`,
  `name = "x"\nprint(name)`,
  `_G.name = "x"\nprint(name, _G.name)`,
  `for _, n in ipairs{ "one" } do _G[n] = 1 end\nprint(one)`,
  `load("other = 1")()\nprint(other)`,
  `rawset(_G, "thing", 1)\nprint(thing)`,
  `function string.trim(s) return s end\nprint(string.trim("x"), ("x"):upper(), ("%d"):format(1))`,
  `print(rawget(_G, "maybe"), values.anything, package.path, json.null, _VERSION)`,
  `local r = file_ops.touch{ path = "/tmp/x" }\nr.mine = 1\nprint(r.mine, r.changes[1], rawget(r, "other"))`,
  `pcall(file_ops.copy, {})`,
  `for _, n in ipairs{ "a", "b" } do task{ name = n, run = function() end } end\ntask{ name = "c", depends_on = { "a", "b" }, run = function() end }`,
  `if values.x then task{ name = "a", run = function() end } else task{ name = "a", run = function() end } end`,
  `exec.run{ cmd = "make" }\nfile_ops.copy{ src = "build/app", dest = "/x" }`,
  `file_ops.copy{ content = "x", dest = "/tmp/sloth-made/y" }\nfile_ops.copy{ src = "/tmp/sloth-made/y", dest = "/x" }`,
  `local h = require "helpers2"\nh.go()\nprint(shared)`,
  `local function each(...) return json.encode(...), file_ops.copy(...) end`,
  `while values.x do local r = exec.run{ cmd = "true" }\n if r.exit_code == 0 then break end\n r = { other = 1 }\n print(r.other) end`,
  `local m = setmetatable({}, { __index = function(_, k) return k end })\nprint(m.anything)`,
  `goto done\nprint(undefined_is_never_read == nil)\n::done::`.replace("undefined_is_never_read", "values"),
  `hosts{ web = { address = "127.0.0.1" } }\nprint(#hosts.names(), hosts.get("web").vars.x)`,
];

test.each(RIGHT)("%j is no mistake", async (source) => {
  writeFileSync(join(scratch, "helpers2.lua"), "shared = 1\nreturn { go = function() end }\n");
  expect(await told("check", source)).toEqual({ code: 0, text: expect.not.stringContaining("mistakes in site.lua") });
});

test("check tells every mistake with its line, and how many there are", async () => {
  const { code, text } = await told(
    "check",
    `pritn(1)\nlocal function f()\n  file_ops.coyp{}\nend\npkg.install{ nmae = "x" }\n`,
  );
  expect(code).toBe(65);
  expect([...text.matchAll(/site\.lua:\d+/g)].map(String)).toEqual(["site.lua:1", "site.lua:3", "site.lua:5"]);
  expect(text).toContain("3 mistakes in site.lua; nothing was done");
});

test("as JSON each mistake is an event", async () => {
  const { text } = await told("check", `pritn(1)\nfile_ops.coyp{}\n`, "--output", "json");
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { type: "mistake", location: { line: 1 }, error: { code: "E_UNDEFINED" } },
    { type: "mistake", location: { line: 2 }, error: { code: "E_UNDEFINED" } },
    { type: "error", error: { code: "E_MISTAKES" }, mistakes: [{ code: "E_UNDEFINED" }, { code: "E_UNDEFINED" }] },
  ]);
});

test("check says how much it could not see", async () => {
  const seen = await told("check", `file_ops.copy{ content = "x", dest = "/x" }\nlog.info("done")\n`);
  expect(seen.text).toContain("0 tasks, 2 calls, no mistakes found");
  const some = await told("check", `file_ops.copy{ content = os.getenv("HOME"), dest = "/x" }\nlog.info("done")\n`);
  expect(some.text).toContain(
    "0 tasks, 2 calls, no mistakes in what can be seen; 1 takes values that are made at run time",
  );
});

test("as JSON too", async () => {
  const some = await told("check", `file_ops.copy{ content = os.getenv("HOME"), dest = "/x" }`, "--output", "json");
  expect(JSON.parse(some.text)).toMatchObject({ type: "run_done", ok: true, seen: { calls: 1, whole: 0 } });
});

test("check takes values, and goes past what it cannot look at", async () => {
  const values = join(scratch, "values.yaml");
  writeFileSync(values, "name: given\n");
  const { code, text } = await told(
    "check",
    `local text = fs.read("/etc/hosts")
     local kept = stack.get_resource("file", "x")
     local ran = exec.run({ cmd = "true" }).exit_code
     task{ name = values.name, run = function() pritn(text, kept, ran) end }`,
    "--values",
    values,
  );
  expect([code, text]).toEqual([65, expect.stringContaining("undefined global 'pritn'")]);
});

test("check takes an inventory", async () => {
  writeFileSync(join(scratch, "hosts.yaml"), "hosts:\n  web1:\n    groups: [web]\n");
  const { code, text } = await told(
    "check",
    `local name = hosts.group("web")[1]\ntask{ name = name, run = function() end }`,
    "--inventory",
    join(scratch, "hosts.yaml"),
  );
  expect([code, text]).toEqual([0, expect.stringContaining("1 task,")]);
});

test("a chunk of Lua with every kind of instruction is read", async () => {
  const source = Array.from(
    { length: 300 },
    (_, i) =>
      `local function f${i % 150}(...) local a <const>, b = ${i}, ... ; a1 = { ${i}, x = 1.5, [a] = b, ... } for j = a, b do if j & 1 ~= 0 then return -j, not b, #a1 .. "x" end end end`,
  ).filter((_, i) => i < 150);
  expect((await told("check", source.join("\n"))).code).toBe(0);
});
