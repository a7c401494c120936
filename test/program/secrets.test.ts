import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run, type Ran } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";

const SECRET = "Zq7-Kx9!vLmP2wR8";

/** A workflow in a directory of its own, and what every command that shows something of its stack says afterwards. */
function site(workflow: string) {
  const dir = temporaryDirectory();
  const database = join(dir, "record.db");
  const start = (...argv: string[]): Ran =>
    run([BINARY, ...argv, "--db", database], { cwd: dir, env: { PW: SECRET, OLD: "0ld-Kx9!vLmP2wR8" } });
  writeFileSync(join(dir, "site.lua"), `workflow{ name = "web" }\n${workflow.replaceAll("DIR", dir)}`);
  const told: string[] = [];
  return {
    dir,
    start: (...argv: string[]): Ran => {
      const ran = start(...argv);
      told.push(ran.stdout, ran.stderr);
      return ran;
    },
    /** All that was told, all that is told of the record, and the bytes of the record. */
    everything: (): string => {
      const commands = [
        ["outputs", "web"],
        ["show", "web"],
        ["resources", "web"],
        ["drift", "web"],
        ["history", "web", "--limit", "100"],
        ["export", "web", "--contents"],
      ].map((argv) => start("stack", ...argv));
      const runs = [1, 2, 3, 4].map((number) => start("stack", "history", "web", String(number), "--diff"));
      const shown = [...commands, ...runs, start("state", "list", "--stack", "web"), start("state", "list")];
      const files = readdirSync(dir, { withFileTypes: true }).filter(
        (file) => file.name.startsWith("record.db") && file.isFile(),
      );
      const stored = files.map(({ name }) => readFileSync(join(dir, name), "latin1"));
      return [...told, ...shown.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...stored].join("\n");
    },
  };
}

describe("what a command answers that was given a secret is kept as a digest", () => {
  const ANSWER = `exec.run{ cmd = "cat", stdin = secret.env("PW") }.stdout`;
  const uses: Readonly<Record<string, string>> = {
    "an output": `stack.set_output("o", answer)`,
    "a part of an output, and its name": `stack.set_output("o " .. answer, { a = { "x" .. answer } })`,
    "a value and its key": `state.set("k" .. answer, answer) state.shared.set("k", { answer })`,
    "a value that is swapped": `state.compare_swap("k", nil, answer)`,
    "a registered resource": `stack.register_resource{ type = "t", name = "n" .. answer, properties = { p = answer } }`,
    "an update": `stack.update_resource("t", "n", { state = "failed", error = answer, properties = answer })`,
    "a probe's answer": `fs.write{ path = "DIR/probed", content = answer }
      stack.register_resource{ type = "t", name = "n", properties = {}, probe = { "cat", "DIR/probed" } }`,
    "the name of a line": `file_ops.lineinfile{ path = "DIR/f", line = "password=" .. answer, create = true }`,
    "the name of a long line": `file_ops.lineinfile{ path = "DIR/f", line = ("x"):rep(30) .. answer .. ("y"):rep(90), create = true }`,
    "a path": `file_ops.copy{ content = "c", dest = "DIR/" .. answer }`,
    "a directory made on the way": `file_ops.directory{ path = "DIR/" .. answer .. "/deep" }`,
    "where a link leads": `os.execute("mkdir -p DIR/real/" .. answer) file_ops.symlink{ src = "DIR/real/" .. answer, dest = "DIR/l", force = true }
      file_ops.directory{ path = "DIR/l", mode = "0711" }`,
    contents: `file_ops.copy{ content = "p=" .. answer, dest = "DIR/f" }`,
    "a template": `file_ops.template{ content = "{{ p }}", vars = { p = answer }, dest = "DIR/f" }`,
    "the name of an action": `exec.run{ cmd = "true", name = "with " .. answer }`,
    "an environment": `exec.run{ cmd = "true", env = { P = answer } }`,
    "an error": `error("it was " .. answer)`,
    "a failing call": `exec.run{ cmd = "echo no >&2; exit 1", stdin = answer, timeout = "5s" }`,
  };
  const FAILING = new Set(["an error", "a failing call"]);
  for (const [name, use] of Object.entries(uses)) {
    test(name, () => {
      const { start, everything } = site(`task{ name = "t", run = function() local answer = ${ANSWER} ${use} end }`);
      const { code } = start("run", "site.lua", "--diff", "--verbose");
      expect(code).toBe(FAILING.has(name) ? 1 : 0);
      start("run", "site.lua", "--output", "json");
      const all = everything();
      expect(all.includes(SECRET)).toBe(false);
      expect(all).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 20));
    });
  }

  /** What programs make of what they are given. */
  const MADE: Readonly<Record<string, string>> = {
    base64: "base64",
    "base64 in short lines": "sed 's/^/user:/' | base64 -w 10",
    "hexadecimal digits": `od -An -v -tx1 | tr -d ' \\n'`,
    "such digits in lines": `od -An -v -tx1 | tr -d ' ' | tr a-f A-F`,
    "upper case": "tr a-z A-Z",
    "a shell's word": `bash -c 'read -r x; printf %q "$x"'`,
    HTML: `sed 's/&/\\&amp;/g'`,
  };
  for (const [name, command] of Object.entries(MADE)) {
    test(`also as ${name}`, () => {
      const { start, everything } = site(`task{ name = "t", run = function()
        local answer = exec.run{ cmd = [[${command}]], stdin = secret.env("PW") }.stdout
        stack.set_output("o", "x" .. answer)
        state.set("k" .. answer, { answer })
        file_ops.lineinfile{ path = "DIR/f", line = "p=" .. answer:gsub("%s", ""), create = true }
      end }`);
      expect(start("run", "site.lua", "--verbose")).toMatchObject({ code: 0 });
      const made = run(["sh", "-c", command], { stdin: `${SECRET}\n` }).stdout;
      const whole = everything();
      for (const part of made.split("\n").filter((line) => line.length > 8)) expect(whole).not.toContain(part.trim());
    });
  }

  test("and is the same the next time: nothing changes, a probe says no drift", () => {
    const { start } = site(`task{ name = "t", run = function() local answer = ${ANSWER}
      fs.write{ path = "DIR/probed", content = answer }
      print(stack.register_resource{ type = "t", name = "n" .. answer, properties = { p = answer }, probe = { "cat", "DIR/probed" } })
      file_ops.lineinfile{ path = "DIR/f", line = "password=" .. answer, create = true }
      print(state.compare_swap("k", stack.get_output("o") and answer, answer))
      stack.set_output("o", answer)
    end }`);
    expect(start("run", "site.lua").stdout).toContain("created");
    const again = start("run", "site.lua", "--verbose").stdout;
    expect(again).toMatch(/unchanged\s+result/);
    expect(again).toContain("2 unchanged");
    expect(again).toContain("true");
    expect(start("stack", "drift", "web").stdout).not.toContain("!");
  });

  test("a probe with a secret in its words is refused: others see it", () => {
    const { start } = site(`local answer = ${ANSWER}
      stack.register_resource{ type = "t", name = "n", properties = {}, probe = { "echo", answer } }`);
    expect(start("run", "site.lua").stderr).toContain("a secret stands in 'probe'");
  });
});

describe("contents of a file that any declaration made sensitive are neither kept nor shown", () => {
  const lines = (port: string, more: string) => `
task{ name = "base", run = function()
  file_ops.lineinfile{ path = "DIR/conf", regexp = "^port=", line = "port=${port}", create = true }
end }
task{ name = "pw", depends_on = { "base" }, run = function() ${more} end }`;
  const LINE = `file_ops.lineinfile{ path = "DIR/conf", regexp = "^password=", line = "password=" .. `;
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "by a secret that is read in a later task": [`${LINE}secret.env("PW") }`, `${LINE}secret.env("PW") }`],
    "by a secret that has been another since": [`${LINE}secret.env("OLD") }`, `${LINE}secret.env("PW") }`],
    "by sensitive = true": [`${LINE}"${SECRET}", sensitive = true }`, `${LINE}"${SECRET}", sensitive = true }`],
    "by a block": [
      `file_ops.blockinfile{ path = "DIR/conf", block = secret.env("PW") }`,
      `file_ops.blockinfile{ path = "DIR/conf", block = secret.env("PW") }`,
    ],
  };
  for (const [name, [first, second]] of Object.entries(cases)) {
    test(name, () => {
      const { dir, start, everything } = site(lines("80", first));
      start("run", "site.lua");
      const next = `workflow{ name = "web" }\n${lines("81", second).replaceAll("DIR", dir)}`;
      writeFileSync(join(dir, "site.lua"), next);
      expect(start("run", "site.lua", "--diff").code).toBe(0);
      expect(readFileSync(join(dir, "conf"), "utf8")).toContain("port=81");
      const all = everything();
      for (const secret of [SECRET, "0ld-Kx9!vLmP2wR8"]) expect(all).not.toContain(secret);
    });
  }

  test("in another stack", () => {
    const { dir, start, everything } = site(`${LINE}secret.env("PW"), create = true }`);
    start("run", "site.lua");
    const other = `file_ops.lineinfile{ path = "${dir}/conf", line = "port=80" }`;
    writeFileSync(join(dir, "other.lua"), `workflow{ name = "other" }\n${other}`);
    expect(start("run", "other.lua", "--diff").code).toBe(0);
    start("stack", "history", "other", "1", "--diff");
    start("stack", "destroy", "other", "--yes", "--diff");
    expect(everything()).not.toContain(SECRET);
  });
});

test("a sensitive call that fails is not quoted with its line of the workflow", () => {
  const { start, everything } = site(`
task{ name = "a", run = function() file_ops.template{ content = "{{ y }}", dest = "DIR/x", vars = { x = "var-SENS-77QQ" }, sensitive = true } end }
task{ name = "b", run = function() file_ops.copy{ content = "cont-SENS-77QQ", dst = "DIR/x", sensitive = true } end }
task{ name = "c", run = function() http.get{ url = "http://127.0.0.1:1/?key=SENS-77QQ", retries = 0, sensitive = true } end }`);
  start("run", "site.lua");
  start("run", "site.lua", "--output", "json");
  start("check", "site.lua");
  expect(everything().includes("SENS-77QQ")).toBe(false);
});

test("values of --set are not kept, and the names of them are", () => {
  const { start, everything } = site(`print(#values.token)`);
  start("run", "site.lua", "--set", "token=t0ken-t0ken", "--set=other=0ther-0ther");
  const all = everything();
  expect(all).toContain("run site.lua --set token=… --set=other=…");
  expect(all).not.toMatch(/t0ken-t0ken|0ther-0ther/);
});

describe("what a sensitive call touches beside what it is about", () => {
  const UNPACK = `file_ops.unarchive{ src = "DIR/in.tar", dest = "DIR/out", sensitive = true }`;
  const unpacked = () => {
    const here = site(UNPACK);
    mkdirSync(join(here.dir, "in"));
    mkdirSync(join(here.dir, "out"));
    writeFileSync(join(here.dir, "in/one"), SECRET);
    run(["tar", "-cf", join(here.dir, "in.tar"), "-C", here.dir, "in"]);
    rmSync(join(here.dir, "in"), { recursive: true });
    return here;
  };

  test("is not kept by destroy either, which removes what somebody may have changed when it is told to", () => {
    const { dir, start, everything } = unpacked();
    expect(start("run", "site.lua")).toMatchObject({ code: 0 });
    expect(readFileSync(join(dir, "out/in/one"), "utf8")).toBe(SECRET);
    expect(start("stack", "destroy", "web", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/out\/in\/one: it is sensitive, .*; --force removes it all the same/),
    });
    expect(readdirSync(join(dir, "out"))).toEqual(["in"]);
    expect(start("stack", "destroy", "web", "--yes", "--force")).toMatchObject({ code: 0 });
    expect(readdirSync(join(dir, "out"))).toEqual([]);
    expect(everything()).not.toContain(SECRET);
  });

  test("is not kept by another stack that changes it later, nor by a rollback", () => {
    const { dir, start, everything } = unpacked();
    start("run", "site.lua");
    writeFileSync(join(dir, "other.lua"), `file_ops.lineinfile{ path = "${dir}/out/in/one", line = "more" }`);
    expect(start("run", "other.lua", "--diff")).toMatchObject({ code: 0 });
    expect(start("run", "site.lua", "--diff")).toMatchObject({ code: 0 });
    expect(start("stack", "rollback", "web", "--to", "1", "--yes")).toMatchObject({ code: 1 });
    expect(everything()).not.toContain(SECRET);
  });

  test("what was there before is in no record, which destroy says by name", () => {
    const { dir, start, everything } = unpacked();
    mkdirSync(join(dir, "out/in"));
    writeFileSync(join(dir, "out/in/one"), `old ${SECRET}`);
    start("run", "site.lua");
    expect(start("stack", "destroy", "web", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`file:${dir}/out/in/one: it is sensitive`),
    });
    expect(everything()).not.toContain(SECRET);
  });

  test("a secret in the name of what was made on the way: destroy says that it cannot be found", () => {
    const { start, everything } = site(`
      local name = exec.run{ cmd = "cat", stdin = secret.env("PW") }.stdout
      file_ops.directory{ path = "DIR/" .. name .. "/deep" }`);
    expect(start("run", "site.lua")).toMatchObject({ code: 0 });
    expect(start("stack", "destroy", "web", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\(secret\) #[0-9a-f]{16}: there is a secret in its name/),
    });
    expect(everything()).not.toContain(SECRET);
  });
});
