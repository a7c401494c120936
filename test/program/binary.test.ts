import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { BINARY, run } from "../support/binary.ts";
import { needs } from "../support/needs.ts";

import { temporaryDirectory } from "../support/temporary.ts";

const root = resolve(import.meta.dir, "../..");

test("obeys no file of Bun's in the working directory, and no variable", () => {
  using dir = temporaryDirectory();
  const foreign = {
    "evil.ts": `console.log("evil");`,
    "bunfig.toml": `preload = ["./evil.ts"]`,
    ".env": "SLOTH_RUNNER_DB=/evil",
    "package.json": `{ "imports": { "#x": "./evil.ts" }, "version": "evil" }`,
    "tsconfig.json": `{ "compilerOptions": { "paths": { "*": ["./evil.ts"] } } }`,
  };
  for (const [name, text] of Object.entries(foreign)) writeFileSync(join(dir.path, name), text);
  const variables = { BUN_OPTIONS: "--preload ./evil.ts", BUN_BE_BUN: "1", BUN_INSPECT_PRELOAD: "./evil.ts" };

  for (const env of [{}, variables]) {
    const expected = { code: 0, stdout: `sloth-runner ${manifest.version}\n`, stderr: "" };
    expect(run([BINARY, "version"], { cwd: dir.path, env })).toEqual(expected);
  }
});

test("neither a workflow nor what it starts sees the variables that Bun obeys", () => {
  using dir = temporaryDirectory();
  const workflow = `print(os.getenv("BUN_OPTIONS"), os.getenv("KEPT"))
print(exec.run{ cmd = "env | grep -Ei '^(BUN|JSC|MIMALLOC)_|^NODE_CHANNEL' || echo none", read_only = true }.stdout)
local pipe = io.popen("env | grep -c ^BUN_"); print(pipe:read("a")); pipe:close()\n`;
  writeFileSync(join(dir.path, "site.lua"), workflow);
  const env = {
    BUN_OPTIONS: "--smol",
    BUN_INSTALL: "/x",
    NODE_CHANNEL_FD: "3",
    JSC_useJIT: "0",
    MIMALLOC_VERBOSE: "1",
    mimalloc_show_stats: "1",
    KEPT: "kept",
  };
  const { stdout } = run([BINARY, "run", "site.lua", "--db", join(dir.path, "s.db")], { cwd: dir.path, env });
  expect(stdout.split("\n").slice(0, 4)).toEqual(["nil\tkept", "none", "", "0"]);
});

test("starts with nothing but foreign variables in its environment, and without a name", () => {
  const { stdout } = run(["env", "-i", "BUN_BE_BUN=1", BINARY, "version"]);
  expect(stdout).toStartWith("sloth-runner ");
});

test("names no place of the machine it was built on", () => {
  expect(readFileSync(BINARY).includes(root)).toBe(false);
});

test("two builds of one commit are alike to the byte, wherever they were made", () => {
  using dir = temporaryDirectory(join(root, "dist"));
  const [first = "", second = ""] = ["a", "deeper/down/b"].map((place) => {
    const checkout = join(dir.path, place);
    mkdirSync(checkout, { recursive: true });
    for (const name of ["src", "scripts", "package.json", "package-lock.json", "LICENSES.txt"])
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    // Not a link: what Bun writes down of a module is where it really is.
    run(["cp", "-al", join(root, "node_modules"), checkout]);
    const built = run([process.execPath, "scripts/build-binary.ts"], { cwd: checkout });
    expect(built).toMatchObject({ code: 0, stderr: "" });
    return join(checkout, "dist/sloth-runner");
  });
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
}, 240_000);

test("a workflow on standard input that is not the one that was meant does nothing", () => {
  using dir = temporaryDirectory();
  const whole = `file_ops.copy{ content = "1", dest = "${dir.path}/one" }\nfile_ops.copy{ content = "2", dest = "${dir.path}/two" }\n`;
  const sha256 = createHash("sha256").update(whole).digest("hex");
  const attempt = (text: string) =>
    Bun.spawnSync([BINARY, "run", "-", "--stack", "web", "--sha256", sha256, "--db", join(dir.path, "s.db")], {
      stdin: Buffer.from(text),
    });
  const cut = attempt(whole.slice(0, whole.indexOf("\n") + 1));
  expect(cut).toMatchObject({ exitCode: 65 });
  expect(cut.stderr.toString()).toContain("and not the one given with --sha256; nothing was run");
  expect(existsSync(join(dir.path, "one"))).toBe(false);
  expect(attempt(whole).exitCode).toBe(0);
});

const dumps = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim() === "core";
needs(dumps, "a core_pattern of 'core'")(
  "what it holds in memory is not dumped, and a command's own limit can be raised",
  async () => {
    using dir = temporaryDirectory();
    chmodSync(dir.path, 0o777);
    const workflow = `workflow{ name = "c" } local pw = secret.env("PW") print(exec.run{ cmd = "ulimit -H -c", read_only = true }.stdout) exec.run{ cmd = "touch started; sleep 30" }`;
    writeFileSync(join(dir.path, "site.lua"), workflow);
    const script = `ulimit -c unlimited; PW=Zq7-Kx9vLmP2wR8 "$0" run site.lua --db s.db & p=$!
while [ ! -e started ]; do sleep 0.1; done; kill -SEGV $p; wait $p`;
    for (const user of process.geteuid?.() === 0
      ? [[], ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]]
      : [[]]) {
      const child = Bun.spawn([...user, "sh", "-c", script, BINARY], {
        cwd: dir.path,
        stdout: "pipe",
        stderr: "ignore",
      });
      expect(await child.stdout.text()).toContain("unlimited");
      await child.exited;
      expect(readdirSync(dir.path).filter((name) => name.startsWith("core"))).toEqual([]);
      for (const name of readdirSync(dir.path).filter((name) => /^(s\.db|started)/.test(name)))
        rmSync(join(dir.path, name), { recursive: true });
    }
  },
);
