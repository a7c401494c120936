import { describe, expect, test } from "bun:test";
import {
  chmodSync,
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
function bundled() {
  const dir = temporaryDirectory();
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

describe("a damaged bundle runs nothing and says so", () => {
  const cases: [string, (bytes: Buffer) => Buffer][] = [
    ["a flipped bit in what it brings", (bytes) => flipped(bytes, bytes.indexOf("hello {{ name }}"))],
    ["a flipped bit in its index", (bytes) => flipped(bytes, bytes.lastIndexOf('"workflow"') + 20)],
    ["a piece missing", (bytes) => Buffer.concat([bytes.subarray(0, -300), bytes.subarray(-200)])],
  ];
  test.each(cases)("%s", (_, damage) => {
    const { root, site, start } = bundled();
    writeFileSync(site, damage(readFileSync(site)));
    chmodSync(site, 0o755);
    const { code, stdout, stderr } = start("run");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^sloth-runner: this bundle is damaged: .* is not what was packed; nothing was run/);
    expect(existsSync(root)).toBe(false);
  });
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
  writeFileSync(join(dir, "sloth-runner-linux-other"), "another program");
  const argv = ["site.lua", "-o", "other.run", "--for", "linux-other", "--builds", "."];
  const made = run([BINARY, "bundle", ...argv], { cwd: dir });
  expect(made).toEqual({ code: 0, stdout: "other.run: 1 file, 0 packages, for linux-other\n", stderr: "" });
  expect(readFileSync(join(dir, "other.run"), "utf8")).toStartWith("another program");
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

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
