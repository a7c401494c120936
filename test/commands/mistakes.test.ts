import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine, type Ran } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** Runs a workflow from a file of its own, with a database beside it. */
async function ran(verb: "run" | "check", lua: string): Promise<Ran> {
  using directory = temporaryDirectory();
  const file = join(directory.path, "site.lua");
  writeFileSync(file, lua);
  const record = verb === "run" ? ["--db", join(directory.path, "s.db"), "--stack", "site"] : [];
  const result = await runLine([verb, file, ...record]);
  const plain = (text: string): string => text.replaceAll(`${directory.path}/`, "");
  return { ...result, stdout: plain(result.stdout), stderr: plain(result.stderr) };
}

describe("a mistake in the file is 65, with place, what to do and the line itself", () => {
  test.each([
    ["file_ops.cpy{}", "site.lua:1: 'cpy' is not in file_ops; did you mean 'copy'?"],
    ["prnt(1)", "site.lua:1: undefined global 'prnt'; did you mean 'print'?"],
    [
      "file_ops.copy{content = print, dest = '/x'}",
      "site.lua:1: file_ops.copy: 'content' is a function, which cannot be used here",
    ],
    ["x = = 1", "site.lua:1: unexpected symbol near '='"],
    ["task{name = 'a'}", "site.lua:1: task: 'run' is missing"],
    ["task('a', print)", "site.lua:1: task: takes one table, not 'a'; write task{ name = \"a\", run = … }"],
    [
      "task{name = 'a', run = print, timeout = 'x'}",
      `site.lua:1: task: 'timeout' is 'x', expected a duration such as "90s" or "5m"`,
    ],
  ])("%s", async (lua, message) => {
    const answer = { code: 65, stdout: "", stderr: `${message}\n    | ${lua}\n` };
    expect(await ran("run", lua)).toEqual(answer);
    expect(await ran("check", lua)).toEqual(answer);
  });
});

test("a resource that failed is told with its line, also where the workflow goes on", async () => {
  const line = `pcall(file_ops.copy, { src = "gone", dest = "/never" })`;
  expect((await ran("run", line)).stderr).toEndWith(
    `site.lua:1: file_ops.copy: src gone does not exist\n    | ${line}\n`,
  );
});

describe("check goes through the tasks, with every call answered unchanged", () => {
  const inTask = (lua: string): string => `task{ name = "a", run = function()\n${lua}\nend }`;

  test.each([
    ["file_ops.cpy{}", "site.lua:2: 'cpy' is not in file_ops"],
    ["stack.set_output('a', 1) state.set('k', 2) fiel.copy{}", "site.lua:2: undefined global 'fiel'"],
    ["file_ops.copy{dst = '/x'}", "site.lua:2: file_ops.copy: unknown field 'dst'"],
    ["if not exec.run{cmd = 'ls'}.changed then prnt() end", "site.lua:2: undefined global 'prnt'"],
  ])("%s is found", async (lua, message) => {
    const { code, stderr } = await ran("check", inTask(lua));
    expect(code).toBe(65);
    expect(stderr).toStartWith(message);
  });

  test.each([
    ["error('nothing there')", ""],
    ["print('as if it were so')", ""],
    ["return false, 'not today'", ""],
    [
      "print(exec.run{cmd = 'ls'}.stdout)",
      "task a\n? site.lua:2: read, not followed, from here on: 'stdout' of exec.run cannot be known before the run\n",
    ],
  ])("%s is no mistake", async (lua, told) => {
    expect(await ran("check", inTask(lua))).toEqual({
      code: 0,
      stdout: `${told}site.lua: 1 task${told === "" ? "" : ", 1 call"}, no mistakes found\n`,
      stderr: "",
    });
  });

  test("a task that waits for a change is left after a while", async () => {
    expect(await ran("check", inTask("while not exec.run{cmd = 'ls'}.changed do end"))).toMatchObject({ code: 0 });
  });
});

test("a nameless workflow on standard input does nothing before it is refused", async () => {
  using directory = temporaryDirectory();
  const db = join(directory.path, "s.db");
  const stdin = `print("done") os.execute("touch ${directory.path}/made")`;
  expect(await runLine(["run", "-", "--db", db], { stdin })).toMatchObject({ code: 64, stdout: "" });
  expect(await runLine(["run", "-", "--db", db, "--stack", "web"], { stdin })).toMatchObject({ code: 0 });
});

test("what is recorded of an error holds no secret that the workflow put there", async () => {
  using directory = temporaryDirectory();
  const [file, db] = [join(directory.path, "site.lua"), join(directory.path, "s.db")];
  const lua = `local said = exec.run{ cmd = "cat", stdin = values.token }.stdout
error("unexpected answer: " .. said)`;
  writeFileSync(file, lua);
  writeFileSync(join(directory.path, "token"), "hunter22");
  const set = ["--set", `token=@${join(directory.path, "token")}`];
  expect(await runLine(["run", file, "--db", db, "--stack", "web", ...set])).toMatchObject({ code: 1 });
  const { stdout } = await runLine(["stack", "history", "web", "1", "--db", db]);
  expect(stdout).toContain("unexpected answer: (secret)");
});

test("integers beyond 2^53 are printed as the numbers they are", async () => {
  using directory = temporaryDirectory();
  const db = join(directory.path, "s.db");
  await runLine(["state", "set", "k", "9007199254740993", "--json", "--db", db]);
  expect((await runLine(["state", "get", "k", "--db", db])).stdout).toBe("9007199254740993\n");
  expect((await runLine(["state", "list", "--db", db])).stdout).toContain("k    9007199254740993  -");
});

test("an export that is not there is told in one sentence", async () => {
  const { code, stderr } = await runLine(["stack", "import", "gone.json"]);
  expect({ code, stderr }).toEqual({ code: 65, stderr: "sloth-runner: gone.json: no such file\n" });
});

test("a limit of more than a timer can hold is a long one, not none", async () => {
  const lua = `task{ name = "a", timeout = "60d", run = function() exec.run{ cmd = "true", timeout = "60d" } end }`;
  using directory = temporaryDirectory();
  const file = join(directory.path, "site.lua");
  writeFileSync(file, lua);
  const line = ["run", file, "--stack", "site", "--db", join(directory.path, "s.db"), "--timeout"];
  expect(await runLine([...line, "60d"])).toMatchObject({ code: 0, stderr: "" });
  expect(await runLine([...line, "0"])).toMatchObject({ code: 64, stdout: "" });
});

test("a module function called with a colon says so", async () => {
  const { code, stderr } = await ran("run", `file_ops:copy{ content = "x", dest = "/never" }`);
  expect(code).toBe(65);
  expect(stderr).toContain("takes one table; more was given; write file_ops.copy{ … }, with a dot");
});

test("the reason that a task gives for its failure is told with its name", async () => {
  const task = (name: string, answer: string) => `task{ name = "${name}", run = function() return ${answer} end }\n`;
  const { code, stderr } = await ran("run", task("a", `false, "no licence"`) + task("b", "false"));
  expect({ code, stderr }).toEqual({ code: 1, stderr: "task a: no licence\ntask b: returned false\n" });
});
