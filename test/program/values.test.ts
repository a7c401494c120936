import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run, type Ran } from "../support/binary.ts";
import { inTerminal } from "../support/terminal.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { encryptTo, encryptWithPassphrase } from "../../src/secrets/age.ts";
import { leaf, person } from "../secrets/_values.ts";

const PASSWORD = "Zq7-Kx9!vLmP2wR8";
const [ana, bob] = [await person("ana"), await person("bob")];

/** A directory with Ana's identity in `ana.txt`; `here` runs a command in it. */
function place(files: Readonly<Record<string, string | Uint8Array>>) {
  const dir = temporaryDirectory();
  for (const [name, contents] of Object.entries({ "ana.txt": ana.identity, ...files }))
    writeFileSync(join(dir, name), contents);
  const env = { HOME: dir, SLOTH_RUNNER_DB: join(dir, "record.db") };
  const here = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Ran =>
    run([BINARY, ...argv], { cwd: dir, env: { ...env, ...more } });
  return { dir, here, env, read: (name: string) => readFileSync(join(dir, name), "utf8") };
}

const WORKFLOW = `workflow{ name = "web" }
file_ops.copy{ dest = "DIR/conf", content = "password=" .. values.db.password .. "\\n", mode = "0600" }
print(values.db.password, tostring(values.db.password))`;

async function site(workflow = WORKFLOW) {
  const values = `# of the site\nport: 80\ndb:\n  password: ${await leaf(["db", "password"], PASSWORD, ana)} # set by ana\n`;
  const there = place({ "values.yaml": values });
  writeFileSync(join(there.dir, "site.lua"), workflow.replaceAll("DIR", there.dir));
  return there;
}

const RUN = ["run", "site.lua", "--values", "values.yaml"];

describe("a value that is encrypted in a file of values", () => {
  test("reaches its place, and is seen nowhere else", async () => {
    const { dir, here, read } = await site();
    const plan = here(["plan", ...RUN.slice(1), "--identity", "ana.txt", "--diff"]);
    const first = here([...RUN, "--identity", "ana.txt", "--verbose", "--diff"]);
    const again = here([...RUN, "--identity", "ana.txt"]);
    expect([plan.code, first.code, again.code]).toEqual([0, 0, 0]);
    expect(read("conf")).toBe(`password=${PASSWORD}\n`);
    expect(first.stdout).toContain("(secret)\t(secret)");
    expect(again.stdout).toContain("1 unchanged");
    const left = readdirSync(dir).filter((name) => name.startsWith("record.db") && !name.endsWith("locks"));
    const all = [plan, first, again].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    expect([...all, ...left.map((name) => readFileSync(join(dir, name), "latin1"))].join("\n")).not.toContain(PASSWORD);
  });

  test("opens by each way an identity is found", async () => {
    const { dir, here } = await site();
    expect(here(RUN).stderr).toContain(
      "values.yaml: db.password cannot be opened: there is no identity to open it with",
    );
    expect(existsSync(join(dir, "conf"))).toBe(false);
    const ways: readonly (readonly [readonly string[], Record<string, string>])[] = [
      [["--identity", "ana.txt"], {}],
      [[], { SLOTH_RUNNER_IDENTITY: join(dir, "ana.txt") }],
      [[], { SLOTH_RUNNER_IDENTITY: ana.identity }],
    ];
    for (const [flags, env] of ways) expect(here([...RUN, ...flags], env)).toMatchObject({ code: 0, stderr: "" });
    run(["mkdir", join(dir, ".sloth-runner")]);
    writeFileSync(join(dir, ".sloth-runner/identity"), `# created by hand\n${ana.identity}\n`);
    expect(here(RUN)).toMatchObject({ code: 0, stderr: "" });
  });

  test("no command that a workflow runs is given the identity", async () => {
    const { here } = await site(`${WORKFLOW}\nprint(exec.run{ cmd = "env" }.stdout)`);
    const { code, stdout } = here([...RUN, "--verbose"], { SLOTH_RUNNER_IDENTITY: ana.identity });
    expect(code).toBe(0);
    expect(stdout).not.toContain("AGE-SECRET-KEY");
  });

  test("check needs no identity", async () => {
    expect((await site()).here(["check", ...RUN.slice(1)])).toMatchObject({ code: 0, stderr: "" });
  });

  test("is taken out of what a command answers that nobody gave it to, also before it was used", async () => {
    const left = await site(
      `print(exec.run{ cmd = "cat DIR/left" }.stdout)\nexec.run{ cmd = "true", stdin = values.db.password }`,
    );
    writeFileSync(join(left.dir, "left"), `pw ${PASSWORD}\n`);
    const told = left.here([...RUN, "--identity", "ana.txt", "--verbose"]);
    expect(told.stdout).toContain("pw (secret)");
    expect(told.stdout).not.toContain(PASSWORD);
  });
});

describe("where it is not opened", () => {
  test("a bundle is made without an identity, holds the secret encrypted only, and opens it where it is run", async () => {
    const there = place({
      "values.yaml": `db:\n  password: ${await leaf(["db", "password"], PASSWORD, ana)}\n`,
      "key.age": await encryptTo([ana.reader], Buffer.from(`${PASSWORD} of TLS`)),
    });
    const workflow = `${WORKFLOW}\nfile_ops.copy{ dest = "DIR/key", content = secret.age("key.age"), mode = "0600" }
print(secret.prompt == nil, secret.command{ argv = { "touch", "DIR/touched" } })`;
    writeFileSync(join(there.dir, "site.lua"), workflow.replaceAll("DIR", there.dir));
    expect(there.here(["bundle", "site.lua", "--values", "values.yaml", "-o", "site.run"])).toMatchObject({ code: 0 });
    expect(existsSync(join(there.dir, "touched"))).toBe(false);
    const bundle = readFileSync(join(there.dir, "site.run"));
    for (const form of [PASSWORD, Buffer.from(PASSWORD).toString("base64").slice(0, 20)])
      expect(bundle.includes(form)).toBe(false);
    for (const name of ["values.yaml", "key.age"]) run(["rm", join(there.dir, name)]);
    const ran = run(["./site.run", "run", "--identity", "ana.txt"], { cwd: there.dir, env: there.env });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect([there.read("conf"), there.read("key")]).toEqual([`password=${PASSWORD}\n`, `${PASSWORD} of TLS`]);
    expect(ran.stdout).not.toContain(PASSWORD);
  });
});

describe("bad input: nothing is done, and it is said what and where", () => {
  const broken = async (values: (whole: string) => string | Promise<string>) => {
    const there = await site();
    writeFileSync(join(there.dir, "values.yaml"), await values(there.read("values.yaml")));
    const ran = there.here([...RUN, "--identity", "ana.txt"]);
    expect(existsSync(join(there.dir, "conf"))).toBe(false);
    expect(ran.code).toBe(65);
    return ran.stderr;
  };

  test("a damaged leaf", async () => {
    expect(await broken((whole) => whole.replace(/.{20} # set/, " # set"))).toContain(
      "values.yaml: db.password is damaged: it was cut or changed",
    );
  });

  test("a leaf of another path", async () => {
    const other = await leaf(["app", "token"], PASSWORD, ana);
    expect(await broken((whole) => whole.replace(/age:\S+/, other))).toContain(
      "values.yaml: db.password belongs to app.token; put it back there",
    );
  });

  test("a leaf for others", async () => {
    const theirs = await leaf(["db", "password"], PASSWORD, bob);
    expect(await broken((whole) => whole.replace(/age:\S+/, theirs))).toContain(
      "db.password cannot be opened: none of your identities opens it; tried ana.txt",
    );
  });

  test("an identity that is not there, and one that is none", async () => {
    const { here } = await site();
    expect(here([...RUN, "--identity", "none.txt"])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("--identity: none.txt: no such file"),
    });
    expect(here([...RUN, "--identity", "site.lua"]).stderr).toContain("site.lua is not a file of identities");
  });
});

describe("an identity with a passphrase", () => {
  const locked = async () => {
    const there = await site();
    writeFileSync(
      join(there.dir, "locked.age"),
      await encryptWithPassphrase("correct horse", Buffer.from(ana.identity)),
    );
    return there;
  };
  const argv = (dir: string) => ["env", "-C", dir, BINARY, ...RUN, "--identity", "locked.age"];

  test("is asked for on the terminal, unseen", async () => {
    const { dir, env, read } = await locked();
    const { code, text } = await inTerminal(
      argv(dir),
      { until: "Passphrase of locked.age: ", typed: "correct horse\r" },
      env,
    );
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).not.toContain("correct horse");
    expect(read("conf")).toBe(`password=${PASSWORD}\n`);
  });

  test("wrong three times gives up", async () => {
    const { dir, env } = await locked();
    const keys = ["Passphrase", "That is not it", "That is not it"].map((until) => ({ until, typed: "wrong\r" }));
    const { code, text } = await inTerminal(argv(dir), keys, env);
    expect(code).toBe(65);
    expect(text).toContain("the passphrase of locked.age was not given");
  });

  test("is not asked for where there is no terminal", async () => {
    const { here } = await locked();
    expect(here([...RUN, "--identity", "locked.age"]).stderr).toContain(
      "locked.age has a passphrase, and there is no terminal to ask for it",
    );
  });

  test("Ctrl-C ends it, and leaves the terminal as it was", async () => {
    const { dir, env } = await locked();
    const command = ["sh", "-c", `cd ${dir}; ${argv(dir).slice(3).join(" ")}; stty -a | grep -o -- '-\\?echo ' `];
    const { text } = await inTerminal(command, { until: "Passphrase of locked.age: ", typed: "\u0003" }, env);
    expect(text).toMatch(/(^|\n)echo /);
  });
});

describe("secrets from elsewhere", () => {
  test("secret.age: a whole file, binary too", async () => {
    const contents = new Uint8Array([0, 255, 10, 10, 65]);
    const there = place({ "key.age": await encryptTo([ana.reader], contents), "cut.age": "age-encryption.org/v1\n" });
    writeFileSync(
      join(there.dir, "site.lua"),
      `file_ops.copy{ dest = "${there.dir}/key", content = secret.age("key.age"), mode = "0600" }`,
    );
    expect(there.here(["run", "site.lua", "--identity", "ana.txt"])).toMatchObject({ code: 0 });
    expect(new Uint8Array(readFileSync(join(there.dir, "key")))).toEqual(contents);
    writeFileSync(join(there.dir, "bad.lua"), `secret.age("cut.age")`);
    expect(there.here(["run", "bad.lua", "--identity", "ana.txt"]).stderr).toContain(
      "bad.lua:1: secret.age: cut.age: is damaged",
    );
    writeFileSync(join(there.dir, "bad.lua"), `secret.age("none.age")`);
    expect(there.here(["run", "bad.lua"]).stderr).toContain("none.age");
  });

  test("secret.command: what it writes, and nothing of it when it fails", () => {
    const there = place({
      "site.lua": `workflow{ name = "site" }\nlocal s = secret.command{ argv = { "printf", "${PASSWORD}\\\\n" } }
print(s) file_ops.copy{ dest = "DIR/conf", content = s, mode = "0600" }`,
      "bad.lua": `secret.command{ argv = { "sh", "-c", "echo half; echo half >&2; exit 3" } }`,
    });
    const workflow = there.read("site.lua").replace("DIR", there.dir);
    writeFileSync(join(there.dir, "site.lua"), workflow);
    const ran = there.here(["run", "site.lua"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain("(secret)");
    expect(there.read("conf")).toBe(PASSWORD);
    const failed = there.here(["run", "bad.lua"]);
    expect(failed.stderr).toContain("ended with 3");
    expect(failed.stderr + failed.stdout).not.toMatch(/\bhalf\n/);
  });

  test("secret.prompt: typed once, unseen; without a terminal it says so", async () => {
    const there = place({
      "site.lua": `for i = 1, 2 do file_ops.copy{ dest = "typed" .. i, content = secret.prompt("PIN"), mode = "0600" } end`,
    });
    const workflow = there.read("site.lua").replace('"typed"', `"${there.dir}/typed"`);
    writeFileSync(join(there.dir, "site.lua"), workflow);
    const argv = [BINARY, "run", join(there.dir, "site.lua")];
    const { code, text } = await inTerminal(argv, { until: "PIN: ", typed: "12\u007f3456\r" }, there.env);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).not.toContain("13456");
    expect([there.read("typed1"), there.read("typed2")]).toEqual(["13456", "13456"]);
    expect(there.here(["run", "site.lua"]).stderr).toContain("there is no terminal to ask for 'PIN'");
  });
});

describe("what is not used is not opened", () => {
  const flat = async (workflow: string) => {
    const lines = [`used: ${await leaf(["used"], PASSWORD, ana)}`, `theirs: ${await leaf(["theirs"], PASSWORD, bob)}`];
    return place({
      "site.lua": workflow,
      "values.yaml": `${lines.join("\n")}\nusers:\n  a: ${await leaf(["users", "a"], PASSWORD, bob)}\n`,
    });
  };
  test.each([
    ["print(values.used)", true],
    ["local v = values print(v.used, values['used'])", true],
    ["print(values.theirs)", false],
    ["for name in pairs(values) do print(name) end", false],
    ["for name in pairs(values.users) do print(name) end", false],
    ["local t = { v = values.users } print(t.v)", false],
    ["local function f() return values.users end print(f())", false],
    ["local k = 'the' .. 'irs' print(values[k])", false],
  ])("%s", async (workflow, opens) => {
    const { here } = await flat(workflow);
    const { code, stderr } = here(["run", "site.lua", "--values", "values.yaml", "--identity", "ana.txt"]);
    expect({ code, stderr }).toMatchObject({ code: opens ? 0 : 65 });
  });
});
