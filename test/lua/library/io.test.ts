import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EndPrediction } from "../../../src/lua/vm/types.ts";
import { at, hostBench } from "../_host.ts";
import { rejection } from "../_support.ts";

test("a binary file read in Lua and written again is the same file", async () => {
  await using bench = await hostBench();
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256);
  writeFileSync(at(bench, "a"), bytes);
  await bench.run(`
    local f <close> = assert(io.open(dir .. "/a", "rb"))
    local g = assert(io.open(dir .. "/b", "wb"))
    assert(g:write(f:read("a")))
    g:close()
  `);
  expect(Buffer.compare(readFileSync(at(bench, "b")), bytes)).toBe(0);
});

test("read takes numbers, lines with and without their end, counts, and everything", async () => {
  await using bench = await hostBench();
  writeFileSync(at(bench, "a"), " 12 0x1F -3.5e1 x\none\r\ntwo\n\nlast");
  const source = `
    local f = io.open(dir .. "/a")
    local a, b, c, d, e = f:read("n", "n", "n", "n", "l")
    print(a, b, c, d, e) -- a numeral that is none is used up
    f:seek("set", 0) f:read("l")
    print(f:read("l", "L", 0, 2, "*a"))
    print(f:read("l"), f:read(0), f:read("a"), f:read(5))
    f:close()
    print(io.type(f), io.type(io.stdout), io.type(1), pcall(f.read, f))
  `;
  await bench.run(source);
  expect(bench.printed).toEqual([
    "12\t31\t-35.0\tnil\tnil",
    "one\r\ttwo\n\t\t\nl\tast",
    "nil\tnil\t\tnil",
    "closed file\tfile\tnil\tfalse\tattempt to use a closed file",
  ]);
});

const MODES: readonly (readonly [mode: string, after: string])[] = [
  ["w", "XY"],
  ["a", "abcdefXY"],
  ["r+", "XYcdef"],
  ["w+", "XY"],
  ["a+", "abcdefXY"],
];

test.each(MODES)("mode %s does what C's does", async (mode, after) => {
  for (const kind of ["apply", "plan"] as const) {
    await using bench = await hostBench(kind);
    writeFileSync(at(bench, "a"), "abcdef");
    const [seen] = await bench.run(`
      local f = assert(io.open(dir .. "/a", "${mode}"))
      f:write("X", "Y") f:close()
      return io.open(dir .. "/a"):read("a")`);
    expect(seen).toBe(after);
    expect(readFileSync(at(bench, "a"), "utf8")).toBe(kind === "apply" ? after : "abcdef");
  }
});

test("reading ahead does not move where a write goes", async () => {
  await using bench = await hostBench();
  writeFileSync(at(bench, "a"), "one\ntwo\nthree\n");
  const [position, end] = await bench.run(`
    local f = io.open(dir .. "/a", "r+")
    f:read("l") f:write("TWO")
    local position = f:seek()
    return position, f:seek("end", -1)`);
  expect([position, end]).toEqual([7, 13]);
  expect(readFileSync(at(bench, "a"), "utf8")).toBe("one\nTWO\nthree\n");
});

test("what the system refuses is nil, text and errno", async () => {
  await using bench = await hostBench();
  await bench.run(`
    print(io.open("/nope/x"))
    print(io.open("/tmp", "w"))
    print(os.remove("/nope"))
    print(os.rename("/nope", "/nope2"))
    print(pcall(io.lines, "/nope"))
    print(pcall(io.open, "/tmp/x", "q"))
    print(io.open("/dev/null", "w"):seek("set", 1))
  `);
  expect(bench.printed).toEqual([
    "nil\t/nope/x: No such file or directory\t2",
    "nil\t/tmp: Is a directory\t21",
    "nil\t/nope: No such file or directory\t2",
    "nil\t/nope: No such file or directory\t2",
    "false\t/nope: No such file or directory",
    "false\tsite.lua:7: io.open: invalid mode",
    "nil\tIllegal seek\t29",
  ]);
});

test("lines walks over a file, and can wait on the way", async () => {
  await using bench = await hostBench();
  writeFileSync(at(bench, "a"), "1\n2\n3");
  const [lines] = await bench.run(`
    local seen = {}
    for line in io.lines(dir .. "/a") do seen[#seen + 1] = t.later(line) end
    return seen`);
  expect(lines).toEqual(["1", "2", "3"]);
});

test("a program is read, written to, and its end told; the event loop goes on meanwhile", async () => {
  await using bench = await hostBench();
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  await bench.run(`
    local p = io.popen("sleep 0.05; echo one; echo two; echo oops >&2; exit 3")
    print(p:read("l"), p:read("a"))
    print(p:close())
    local q = io.popen("cat > " .. dir .. "/out", "w")
    q:write("hello ", 42, "\\n")
    print(q:close())
    print(os.execute("exit 7"))
    print(os.execute("echo said"))
    print(os.execute())
    print(io.popen("yes"):close())
  `);
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(5);
  expect(bench.printed).toEqual([
    "one\ttwo\n",
    "nil\texit\t3",
    "true\texit\t0",
    "nil\texit\t7",
    "true\texit\t0",
    "true",
    expect.stringMatching(/^nil\texit\t/),
  ]);
  expect(bench.written).toEqual(["stderr: oops\n", "stdout: said\n"]);
  expect(readFileSync(at(bench, "out"), "utf8")).toBe("hello 42\n");
});

test("a task that is stopped ends its programs", async () => {
  await using bench = await hostBench();
  const stop = new AbortController();
  const ran = rejection(bench.run(`io.popen("echo started; sleep 60"):read("a")`, stop.signal));
  const why = new Error("stopped");
  setTimeout(() => stop.abort(why), 30);
  expect(await ran).toBe(why);
});

test("a named pipe is waited for, and a task that is stopped lets go of one", async () => {
  await using bench = await hostBench();
  Bun.spawnSync(["mkfifo", at(bench, "fifo")]);
  const [, read] = await Promise.all([
    bench.run(`local f = io.open(dir .. "/fifo", "w") f:write("through") f:close()`),
    bench.run(`local f <close> = io.open(dir .. "/fifo") return f:read("a")`),
  ]);
  expect(read).toEqual(["through"]);
  const stop = new AbortController();
  const ran = rejection(bench.run(`io.open(dir .. "/fifo"):read()`, stop.signal));
  const why = new Error("stopped");
  setTimeout(() => stop.abort(why), 30);
  expect(await ran).toBe(why);
});

test("io.write goes to the run's output, and takes no secret or table", async () => {
  await using bench = await hostBench();
  await bench.run(`
    io.write("a", 1, 2.5, "\\n")
    io.stderr:write("e")
    print(pcall(io.write, {}))
  `);
  expect(bench.written).toEqual(["stdout: a12.5\n", "stderr: e"]);
  expect(bench.printed).toEqual(["false\tsite.lua:4: bad argument #1 to 'write' (string expected, got table)"]);
});

test("a plan changes nothing, tells what it would, and sees what it would have made", async () => {
  await using bench = await hostBench("plan");
  writeFileSync(at(bench, "old"), "old");
  const [seen, gone] = await bench.run(`
    local f = io.open(dir .. "/new", "w")
    f:write("new")
    os.rename(dir .. "/old", dir .. "/older")
    os.remove(dir .. "/older")
    return io.open(dir .. "/new"):read("a"), select(2, io.open(dir .. "/old"))`);
  expect(seen).toBe("new");
  expect(gone).toBe(`${at(bench, "old")}: No such file or directory`);
  expect(existsSync(at(bench, "new"))).toBe(false);
  expect(readFileSync(at(bench, "old"), "utf8")).toBe("old");
  expect(bench.told).toEqual([
    `${at(bench, "new")} would be written`,
    `${at(bench, "old")} would be renamed to ${at(bench, "older")}`,
    `${at(bench, "older")} would be removed`,
  ]);
});

test.each([`os.execute("touch " .. dir .. "/x")`, `io.popen("touch " .. dir .. "/x")`])(
  "in plan %s ends the prediction",
  async (call) => {
    await using bench = await hostBench("plan");
    const error = await rejection(bench.run(`pcall(function() ${call} end) print("after")`));
    expect(error).toBeInstanceOf(EndPrediction);
    expect(bench.printed).toEqual([]);
    expect(existsSync(at(bench, "x"))).toBe(false);
  },
);

const ANSWERS = `
  local said = {}
  local function tell(ok, ...)
    said[#said + 1] = table.concat({ tostring(ok and true or ok), ... }, " ")
  end
  for _, path in ipairs{ "/no/x", "/no", "/f/x", "/f", "/sub", "" } do
    for _, mode in ipairs{ "r", "r+", "a", "w" } do
      local f, why, errno = io.open(dir .. path, mode)
      tell(f, why, errno)
      if f then
        local text, fault, number = f:read("a")
        tell(text, fault, number)
        f:close()
      end
    end
  end
  for _, names in ipairs{ { "/none", "/b" }, { "/f", "/none/b" }, { "/f", "/sub" }, { "/sub", "/f" }, { "/sub", "/sub/x" }, { "/sub", "/full" }, { "/f", "/g" } } do
    tell(os.rename(dir .. names[1], dir .. names[2]))
  end
  for _, path in ipairs{ "/none", "/full", "/g/x", "/sub", "/g" } do
    tell(os.remove(dir .. path))
  end
  return (table.concat(said, "\\n"):gsub(dir:gsub("%-", "%%-"), ""))`;

test("what the system refuses, plan answers as the run does", async () => {
  const answers = await Promise.all(
    (["apply", "plan"] as const).map(async (mode) => {
      await using bench = await hostBench(mode);
      mkdirSync(at(bench, "sub"));
      mkdirSync(at(bench, "full/x"), { recursive: true });
      writeFileSync(at(bench, "f"), "text");
      const [said] = await bench.run(ANSWERS);
      return said;
    }),
  );
  expect(answers[0]).toContain("Directory not empty 39");
  expect(answers[1]).toBe(answers[0] ?? "");
});

test.each(["apply", "plan"] as const)("in %s Lua code is read from files, never waited for at a pipe", async (mode) => {
  await using bench = await hostBench(mode);
  Bun.spawnSync(["mkfifo", at(bench, "pipe")]);
  const [done, why] = await bench.run(`return pcall(dofile, dir .. "/pipe")`);
  expect([done, why]).toEqual([false, expect.objectContaining({ code: "E_NOT_FILE" })]);
  expect(await bench.run(`return (select(2, loadfile(dir .. "/pipe")))`)).toEqual([
    expect.stringMatching(/^site.lua:1: .*pipe is a pipe or a device/),
  ]);
});

test("a pipe or a program that Lua forgot to close does not keep the process", async () => {
  const directory = mkdtempSync("/tmp/sloth-fifo-");
  Bun.spawnSync(["mkfifo", join(directory, "pipe")]);
  const script = `io.open("${directory}/pipe", "r") io.open("${directory}/pipe", "w") io.popen("exec sleep 0.2", "r") io.popen("exec cat", "w")`;
  const program = `import { hostBench } from ${JSON.stringify(join(import.meta.dir, "../_host.ts"))};
    await using bench = await hostBench(); await bench.run(${JSON.stringify(script)});`;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "inherit", stderr: "inherit" });
  const ended = await Promise.race([child.exited, Bun.sleep(20_000)]);
  child.kill();
  rmSync(directory, { recursive: true });
  expect(ended).toBe(0);
}, 30_000);
