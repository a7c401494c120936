import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";
import * as temporary from "../support/temporary.ts";

const FILES = {
  "site.lua": `workflow{ name = "site" }
local names = require "lib.names"
task{ name = "copy", run = function()
  file_ops.directory{ path = values.root }
  file_ops.copy{ src = "files/", dest = values.root .. "/tree" }
  file_ops.copy{ src = values.elsewhere, dest = values.root .. "/elsewhere" }
  file_ops.template{ src = "page.j2", dest = values.root .. "/page", vars = { name = names.first() } }
  local data = io.open("data.txt")
  print(data:read("a"))
end }
`,
  "lib/names.lua": `return { first = function() return "ana" end }\n`,
  "files/one": "1\n",
  "files/sub/two": "2\n",
  "page.j2": `hello {{ name }}{% include "end.j2" %}`,
  "end.j2": "!\n",
  "data.txt": "data",
  key: "do not pack me",
};

/** A workflow with all it needs, the bundle of it, and nothing of the workflow where it was. */
function bundled(dir = temporaryDirectory()) {
  const [home, root, elsewhere] = [join(dir, "home"), join(dir, "root"), join(dir, "elsewhere/conf")];
  const values = `root: ${root}\nelsewhere: ${elsewhere}\n`;
  for (const [name, text] of Object.entries({ ...FILES, "values.yaml": values, [elsewhere]: "conf\n" })) {
    const path = name.startsWith("/") ? name : join(home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  mkdirSync(join(home, "files/empty"));
  symlinkSync("one", join(home, "files/link"));
  symlinkSync(elsewhere, join(home, "files/out"));
  symlinkSync("nowhere", join(home, "files/dangling"));
  symlinkSync("..", join(home, "files/sub/back"));
  const site = join(dir, "site.run");
  const made = run([BINARY, "bundle", "site.lua", "-o", site, "--values", "values.yaml"], { cwd: home });
  expect(made).toEqual({ code: 0, stdout: `${site}: 11 files, 0 packages, for linux-${process.arch}\n`, stderr: "" });
  for (const place of ["home", "elsewhere"]) renameSync(join(dir, place), join(dir, `${place}-gone`));
  const scratch = join(dir, "scratch");
  mkdirSync(scratch);
  const start = (...argv: string[]) =>
    run([site, ...argv, "--db", join(dir, "s.db")], { cwd: "/", env: { TMPDIR: scratch } });
  return { dir, root, site, scratch, start, home };
}

test("one file brings the workflow and all it reads: it plans, runs, and has nothing left to do", () => {
  const { root, scratch, start } = bundled();
  expect(start("plan")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("12 resources: 12 would be created"),
  });
  expect(existsSync(root)).toBe(false);
  expect(start("run")).toMatchObject({ code: 0, stdout: expect.stringContaining("12 resources: 12 created") });
  expect(readFileSync(join(root, "page"), "utf8")).toBe("hello ana!");
  for (const name of ["elsewhere", "tree/out"]) expect(readFileSync(join(root, name), "utf8")).toBe("conf\n");
  expect(
    run(["sh", "-c", "find . -mindepth 1 -printf '%P\\n' | LC_ALL=C sort"], { cwd: join(root, "tree") }).stdout.split(
      "\n",
    ),
  ).toEqual(["dangling", "empty", "link", "one", "out", "sub", "sub/back", "sub/two", ""]);
  expect(start("run").stdout).toContain("12 resources: 12 unchanged");
  expect(start("stack", "history", "site").stdout).toContain("site.lua");
  expect(readdirSync(scratch)).toEqual([]);
});

test("it says what is in it, and nothing is that was not asked for", () => {
  const { site, home } = bundled();
  const { files, stack } = JSON.parse(run([site, "list", "--output", "json"]).stdout);
  expect(stack).toBe("site");
  const names = files.map(({ path }: { path: string }) => path);
  expect(names).toContain(join(home, "lib/names.lua"));
  expect(names).not.toContain(join(home, "key"));
  expect(readFileSync(site).includes("do not pack me")).toBe(false);
});

test("the same things make the same bundle", () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "site.lua"), `workflow{ name = "w" }\n`);
  for (const name of ["a.run", "b.run"]) run([BINARY, "bundle", "site.lua", "-o", name], { cwd: dir });
  expect(readFileSync(join(dir, "a.run")).equals(readFileSync(join(dir, "b.run")))).toBe(true);
});

describe("a damaged bundle runs nothing, of itself or of the working directory, and says so", () => {
  const place = temporary.temporaryDirectory();
  afterAll(() => place[Symbol.dispose]());
  const { dir, root, site } = bundled(place.path);
  const planted = join(dir, "planted");
  mkdirSync(planted);
  writeFileSync(join(planted, "sloth.lua"), `fs.write{ path = "${dir}/ran", content = "by sloth.lua" }`);
  writeFileSync(join(planted, "package.json"), JSON.stringify({ scripts: { run: `touch ${dir}/ran` } }));
  const whole = readFileSync(site);
  const attempt = (bytes: Uint8Array) => {
    writeFileSync(site, bytes);
    chmodSync(site, 0o755);
    const ran = run(["sh", "-c", '"$@"', "sh", site, "run", "--db", join(dir, "s.db")], { cwd: planted });
    expect([existsSync(root), existsSync(join(dir, "ran"))]).toEqual([false, false]);
    expect(ran).toMatchObject({ code: expect.anything(), stdout: "" });
    expect(ran.code).not.toBe(0);
    return ran.stderr;
  };

  const cases: [string, () => Uint8Array][] = [
    ["a flipped bit in what it brings", () => flipped(whole, whole.indexOf("hello {{ name }}"))],
    ["a flipped bit in its index", () => flipped(whole, whole.lastIndexOf('"workflow"') + 20)],
    ["a flipped bit in its magic", () => flipped(whole, whole.length - 70)],
    ["a flipped bit in its checksum", () => flipped(whole, whole.length - 1)],
    ["a flipped bit in the program's own code", () => flipped(whole, 50_000_000)],
    ["a flipped bit where Bun looks for its payload", () => flipped(whole, whole.lastIndexOf("---- Bun! ----"))],
    ["a piece missing", () => Buffer.concat([whole.subarray(0, -300), whole.subarray(-200)])],
    ["all that was packed missing", () => whole.subarray(0, endOfContents(whole))],
    ["a byte missing at its end", () => whole.subarray(0, -1)],
    ["a byte more", () => Buffer.concat([whole, Buffer.from("\n")])],
    ["itself twice", () => Buffer.concat([whole, whole])],
  ];
  test.each(cases)("%s", (_, damage) => {
    expect(attempt(damage())).toMatch(
      /^sloth-runner: this bundle is damaged: .* is not what was packed; nothing was run\. Copy it again/,
    );
  });

  test("cut within the program, which the kernel then does not start", () => {
    const program = readFileSync(BINARY).length;
    for (const length of [100, 4096, 1_000_000, program - 200_000, program - 70_000, program - 1])
      expect(attempt(whole.subarray(0, length))).toMatch(/(Input\/output|Exec format|I\/O) error/);
  });
});

test("what secret.file reads is never packed, and of what is only asked about the name alone", () => {
  const dir = temporaryDirectory();
  const home = join(dir, "home");
  mkdirSync(join(home, "d"), { recursive: true });
  for (const [name, text] of Object.entries({ "key.txt": "hunter2hunter2", "d/one": "1", "d/two": "not asked for" }))
    writeFileSync(join(home, name), text);
  writeFileSync(
    join(home, "site.lua"),
    `task{ name = "t", run = function()
  if fs.exists("key.txt") then file_ops.copy{ content = secret.file("key.txt"), dest = "${dir}/made" } end
  print(table.concat(fs.list("d"), " "), fs.exists("d/two"), fs.exists("d/three"), fs.read("d/one"))
end }`,
  );
  const site = join(dir, "site.run");
  const made = run([BINARY, "bundle", "site.lua", "-o", site], { cwd: home });
  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`${home}/key.txt is a secret: it is not packed`),
  });
  const bytes = readFileSync(site);
  expect(["hunter2hunter2", "not asked for"].map((text) => bytes.includes(text))).toEqual([false, false]);

  run(["rm", "-r", join(home, "d")]);
  const ran = run([site, "run", "--db", join(dir, "s.db")], { cwd: "/", env: { TMPDIR: dir } });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("one two\ttrue\tfalse\t1\n") });
  expect(readFileSync(join(dir, "made"), "utf8")).toBe("hunter2hunter2");

  writeFileSync(
    join(home, "site.lua"),
    `secret.file("key.txt") file_ops.copy{ src = "key.txt", dest = "${dir}/made" }`,
  );
  expect(run([BINARY, "bundle", "site.lua", "-o", site], { cwd: home })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("key.txt is read by secret.file and as a plain file too"),
  });
});

test("what a killed one has left is removed by the next, and what is others' is not", () => {
  const { scratch, start } = bundled();
  const gone = Bun.spawnSync(["sh", "-c", "echo $$"]).stdout.toString().trim();
  const leftover = (pid: string, here: string) => `sloth-runner-bundle-${pid}-1-${here}-${crypto.randomUUID()}`;
  const here = run([
    "sh",
    "-c",
    `printf '%s %s' "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)" | sha256sum | cut -c 1-17`,
  ]).stdout.trim();
  for (const name of [leftover(gone, here), leftover(gone, "0123456789abcdef0")])
    mkdirSync(join(scratch, name, "x"), { recursive: true });
  expect(start("plan").code).toBe(0);
  expect(readdirSync(scratch)).toEqual([expect.stringContaining("0123456789abcdef0")]);
});

test("what the plan cannot come to is told", () => {
  const dir = temporaryDirectory();
  const workflow = `task{ name = "t", run = function() local r = exec.run{ argv = {"true"} } print(r.stdout) end }`;
  writeFileSync(join(dir, "site.lua"), workflow);
  const { code, stderr } = run([BINARY, "bundle", "site.lua", "-o", "site.run"], { cwd: dir });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^sloth-runner: task t could not be planned to its end \(.*\); add with --file what it reads/);
});

test("another build can be what it starts with", () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "site.lua"), `workflow{ name = "w" }\n`);
  copyFileSync(BINARY, join(dir, "sloth-runner-linux-other"));
  const argv = ["site.lua", "-o", "other.run", "--for", "linux-other", "--builds", "."];
  const made = run([BINARY, "bundle", ...argv], { cwd: dir });
  expect(made).toEqual({ code: 0, stdout: "other.run: 1 file, 0 packages, for linux-other\n", stderr: "" });
  expect(run(["./other.run", "list"], { cwd: dir })).toMatchObject({ code: 0, stderr: "" });
  for (const program of ["another program", readFileSync("/bin/true")]) {
    writeFileSync(join(dir, "sloth-runner-linux-other"), program);
    const refused = run([BINARY, "bundle", ...argv], { cwd: dir });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("is no build of this sloth-runner") });
  }
});

test("refuses what it cannot do", () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "site.lua"), "");
  writeFileSync(join(dir, "bad.lua"), "task{");
  const cases: [string[], number, string][] = [
    [["site.lua"], 64, "say where to write the bundle: -o site.run"],
    [["bad.lua", "-o", "x.run"], 65, "bad.lua"],
    [["gone.lua", "-o", "x.run"], 65, "the workflow: cannot read"],
    [["site.lua", "-o", "x.run", "--file", "gone"], 1, "gone is not there"],
    [["site.lua", "-o", "x.run", "--package", "x.rpm"], 1, "x.rpm is not a .deb file"],
    [["site.lua", "-o", "x.run", "--for", "linux-vax"], 1, "sloth-runner-linux-vax is not there"],
  ];
  for (const [argv, code, message] of cases) {
    const ran = run([BINARY, "bundle", ...argv], { cwd: dir });
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(message);
    expect(existsSync(join(dir, "x.run"))).toBe(false);
  }
});

function flipped(whole: Buffer, at: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

/** Where the program ends and what was packed begins. */
function endOfContents(whole: Buffer): number {
  const index = Number(whole.readBigUInt64LE(whole.length - 72 + 16));
  const text = whole.subarray(index, index + Number(whole.readBigUInt64LE(whole.length - 72 + 24))).toString();
  return JSON.parse(text).files[0].offset;
}
