import { utf8Text } from "../../../src/base/byte-text.ts";
import { withhold } from "../../../src/base/withheld.ts";
import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { resolve } from "node:path";
import { mustSucceed } from "../../../src/system/processes/command.ts";
import { openHost } from "../../../src/system/host.ts";
import { isGroupRunning, isRunning, type ProcessIdentity } from "../../../src/system/processes/process-identity.ts";
import type { Argv, CommandOptions, System } from "../../../src/system/system.ts";
import { needs } from "../../support/needs.ts";
import { asRoot } from "../../support/needs-root.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const never = new AbortController().signal;
const GRACE_MS = 150;

function realSystem(signal: AbortSignal = never): System {
  return openHost({ mode: "apply", graceMs: GRACE_MS }).writer({ signal });
}

async function output(argv: Argv, options?: CommandOptions): Promise<string> {
  return utf8Text((await realSystem().run(argv, options)).stdout);
}

function sh(script: string, options?: CommandOptions): Promise<string> {
  return output(["sh", "-c", script], options);
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}

describe("what comes back", () => {
  test("any exit code is an answer; a signal is 128 and its number", async () => {
    const system = realSystem();
    expect((await system.query(["sh", "-c", "exit 7"])).exitCode).toBe(7);
    expect((await system.query(["sh", "-c", "kill -SEGV $$"])).exitCode).toBe(139);
  });

  test("both streams, byte for byte, without a line end too", async () => {
    const result = await realSystem().run(["sh", "-c", String.raw`printf 'a\000\377'; printf 'e\n' >&2`]);
    expect([...result.stdout]).toEqual([97, 0, 255]);
    expect(utf8Text(result.stderr)).toBe("e\n");
  });

  test("scripts may open /dev/stdout and /dev/stderr by name, which sockets do not allow", async () => {
    expect(await sh("echo out > /dev/stdout && echo err > /dev/stderr")).toBe("out\n");
  });

  test("standard input is given whole, or is empty", async () => {
    expect(await output(["cat"], { stdin: "text" })).toBe("text");
    expect(await output(["wc", "-c"], { stdin: new Uint8Array(3_000_000) })).toBe("3000000\n");
    expect(await output(["wc", "-c"])).toBe("0\n");
    expect(await output(["true"], { stdin: new Uint8Array(3_000_000) })).toBe("");
  });

  test("output arrives in pieces while it comes", async () => {
    const pieces: string[] = [];
    await realSystem().run(["sh", "-c", "echo one; echo two >&2"], {
      onOutput: (stream, chunk) => pieces.push(`${stream} ${utf8Text(chunk)}`),
    });
    expect(pieces.sort()).toEqual(["stderr two\n", "stdout one\n"]);
  });

  test("300 MB that are only passed on do not stay in memory", () => {
    // A process of its own: what other tests have left decides when memory is given back.
    const script = `
      import { openHost } from ${JSON.stringify(resolve(import.meta.dir, "../../../src/system/host.ts"))};
      const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
      let [seen, most] = [0, 0];
      const before = process.memoryUsage.rss();
      const onOutput = (_, chunk) => {
        seen += chunk.length;
        most = Math.max(most, process.memoryUsage.rss());
      };
      const result = await system.run(["head", "-c", "300000000", "/dev/zero"], { maxOutput: 0, onOutput });
      console.log(JSON.stringify({ seen, kept: result.stdout.length, grown: most - before }));`;
    const { seen, kept, grown } = JSON.parse(Bun.spawnSync([process.execPath, "-e", script]).stdout.toString());
    expect([seen, kept]).toEqual([300_000_000, 0]);
    expect(grown).toBeLessThan(150 << 20);
  });

  test("more than may be kept is an error, and ends the command", async () => {
    const limited = realSystem().run(["yes"], { maxOutput: 1000 });
    expect(await failure(limited)).toMatchObject({ code: "E_OUTPUT_LIMIT" });
    expect(await sh("printf 12345", { maxOutput: 5 })).toBe("12345");
  });

  test("whoever listens to the output may fail; the command is ended and that error comes back", async () => {
    const run = realSystem().run(["yes"], {
      onOutput: () => {
        throw new Error("listener broke");
      },
    });
    expect(String(await failure(run))).toBe("Error: listener broke");
  });

  test("a daemon that keeps the output open is not waited for", async () => {
    const start = performance.now();
    const pid = Number(await sh("sleep 60 & echo $!"));
    expect(performance.now() - start).toBeLessThan(10_000);
    process.kill(pid, 0);
    process.kill(pid, "SIGKILL");
  });

  test("many at once and one after the other leave no file open", async () => {
    const open = (): number => fs.readdirSync("/proc/self/fd").length;
    await sh("true");
    const before = open();
    const all = Array.from({ length: 30 }, (_, i) => sh(`echo ${i}; echo e >&2`));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`));
    for (let i = 0; i < 20; i++) await sh("true");
    await failure(realSystem().run(["no-such-command"]));
    while (open() > before + 2) await Bun.sleep(20); // they are closed a little later
  });
});

describe("what cannot be started", () => {
  const cases: readonly (readonly [Argv, CommandOptions, string])[] = [
    [["no-such-command"], {}, "command not found: no-such-command"],
    [["/no/such"], {}, "command not found: /no/such"],
    [["/etc/passwd"], {}, "cannot run /etc/passwd: /etc/passwd is not executable"],
    [["/etc"], {}, "cannot run /etc: /etc is a directory"],
    [["true"], { cwd: "/no/such" }, "cannot run true: the working directory /no/such does not exist"],
    [["true"], { cwd: "/etc/passwd" }, "cannot run true: the working directory /etc/passwd is not a directory"],
    [["true", "a\0b"], {}, "cannot run true: an argument or variable holds a NUL byte"],
    [["true", "x".repeat(3_000_000)], {}, "cannot run true: its arguments and environment are too long"],
  ];
  for (const [argv, options, message] of cases) {
    test(message.slice(0, 90), async () => {
      expect(await failure(realSystem().run(argv, options))).toMatchObject({ code: "E_COMMAND", message });
    });
  }

  test("a script whose interpreter is missing, and one without any", async () => {
    const root = temporaryDirectory();
    fs.writeFileSync(`${root}/lost`, "#!/no/such/shell\n", { mode: 0o755 });
    fs.writeFileSync(`${root}/bare`, "echo hello\n", { mode: 0o755 });
    const run = async (name: string): Promise<string> => String(await failure(realSystem().run([`${root}/${name}`])));
    expect(await run("lost")).toBe(`cannot run ${root}/lost: the interpreter it names is not there`);
    expect(await run("bare")).toContain("nor a script with #! on its first line");
  });
});

describe("what a child gets", () => {
  test("our environment without what the runtime obeys, plus and minus what is asked", async () => {
    process.env["BUN_OPTIONS"] = "--smol";
    process.env["SLOTH_TEST"] = "kept";
    try {
      const text = await sh("env", { env: { ADDED: "x", HOME: null, BUN_BE_BUN: "1" } });
      expect(text).toContain("SLOTH_TEST=kept\n");
      expect(text).toContain("ADDED=x\n");
      expect(text).not.toMatch(/^(HOME|BUN_\w+)=/m);
      expect(realSystem().env("BUN_OPTIONS")).toBeUndefined();
      expect(realSystem().env("constructor")).toBeUndefined();
    } finally {
      delete process.env["BUN_OPTIONS"];
      delete process.env["SLOTH_TEST"];
    }
  });

  test("none of the secrets that came in our environment, unless it is stated", async () => {
    process.env["SLOTH_TEST_SECRET"] = "hunter2";
    try {
      expect(await sh("echo $SLOTH_TEST_SECRET")).toBe("hunter2\n");
      withhold("SLOTH_TEST_SECRET");
      expect(await sh("echo $SLOTH_TEST_SECRET")).toBe("\n");
      expect(await sh("echo $SLOTH_TEST_SECRET", { env: { SLOTH_TEST_SECRET: "stated" } })).toBe("stated\n");
      expect(realSystem().env("SLOTH_TEST_SECRET")).toBe("hunter2");
    } finally {
      delete process.env["SLOTH_TEST_SECRET"];
    }
  });

  test("its own session, no terminal", async () => {
    expect(await sh("test $$ = $(cut -d' ' -f6 /proc/$$/stat) && echo leader; (: < /dev/tty) 2>&1 | wc -l")).toBe(
      "leader\n1\n",
    );
  });

  test("arguments and working directory of any bytes", async () => {
    const root = temporaryDirectory();
    const name = Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0x64, 0xff, 0x0a)]);
    fs.mkdirSync(name);
    const argv = ["printf", "%s|", "a\udcff\n", "b c", "'\"$x\\", "\udc80\u00e4"] as const;
    const result = await realSystem().run(argv, { cwd: `${root}/d\udcff\n` });
    const expected = [[97, 255, 10], [...Buffer.from("b c")], [...Buffer.from("'\"$x\\")], [128, 0xc3, 0xa4]];
    expect([...result.stdout]).toEqual(expected.flatMap((word) => [...word, 124]));
    const where = await realSystem().run(["pwd", "-P"], { cwd: `${root}/d\udcff\n` });
    expect(Buffer.from(where.stdout).subarray(-4)).toEqual(Buffer.of(0x64, 0xff, 0x0a, 0x0a));
  });

  test("the name it was called by", async () => {
    expect(await sh("echo $0")).toBe("sh\n");
  });

  asRoot("another user: ids, groups and the variables that name them", async () => {
    const text = await sh('id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"', { user: "nobody" });
    expect(text).toBe("65534\n65534\n65534\n/nonexistent nobody nobody\n");
    expect(await sh("echo $HOME", { user: "nobody", env: { HOME: "/tmp" } })).toBe("/tmp\n");
    process.env["SLOTH_TEST"] = "ours";
    try {
      const names = (await sh("env", { user: "nobody", env: { STATED: "x" } })).match(/^\w+(?==)/gm)?.sort();
      const shells = ["PWD", "SHLVL", "_", "OLDPWD"];
      const login = ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "STATED", "USER"];
      expect(names?.filter((name) => !shells.includes(name))).toEqual(login);
    } finally {
      delete process.env["SLOTH_TEST"];
    }
    expect(await failure(sh("true", { user: "no-such-user" }))).toMatchObject({ code: "E_UNKNOWN_USER" });
  });

  const someone = inFurtherGroups();
  needs(process.geteuid?.() === 0 && someone !== undefined, "root and a user in several groups")(
    "another user with all further groups",
    async () => {
      expect(await sh("id -G", { user: someone ?? "" })).toBe(idGroups(someone ?? ""));
    },
  );
});

describe("what ends a child", () => {
  test("a timeout ends the whole group, also members that ignore TERM", async () => {
    const root = temporaryDirectory();
    const script = `(trap "" TERM; echo $$ > ${root}/group; while :; do sleep 1; done) & trap "" TERM; wait; sleep 60`;
    const run = realSystem().run(["sh", "-c", script], { timeoutMs: 100 });
    expect(String(await failure(run))).toBe("sh did not end within 0.1 s and was stopped");
    const group = Number(fs.readFileSync(`${root}/group`, "utf8"));
    await until(() => !isGroupRunning(group));
  });

  test("one that ends on TERM is not waited for longer", async () => {
    const start = performance.now();
    const patient = openHost({ mode: "apply", graceMs: 60_000 }).writer({ signal: never });
    expect(await failure(patient.run(["sleep", "60"], { timeoutMs: 50 }))).toMatchObject({ code: "E_TIMEOUT" });
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("an abort ends it, with its reason; one that is aborted already never starts", async () => {
    const task = new AbortController();
    const run = realSystem(task.signal).run(["sleep", "60"]);
    task.abort(new Error("task timed out"));
    expect(String(await failure(run))).toBe("Error: task timed out");
    expect(String(await failure(realSystem(task.signal).run(["touch", "/nowhere"])))).toBe("Error: task timed out");
  });

  test("a stopped process is ended too", async () => {
    const run = realSystem().run(["sh", "-c", "kill -STOP $$; sleep 60"], { timeoutMs: 50 });
    expect(await failure(run)).toMatchObject({ code: "E_TIMEOUT" });
  });

  test("what must finish is waited for, by an abort and by an interruption", async () => {
    const root = temporaryDirectory();
    const task = new AbortController();
    const host = openHost({ mode: "apply", graceMs: GRACE_MS });
    const run = host
      .writer({ signal: task.signal })
      .run(["sh", "-c", `until test -e ${root}/go; do sleep 0.02; done; echo done`], { mustFinish: true });
    await until(() => host.children.list().length === 1);
    task.abort(new Error("task timed out"));
    const interrupted = host.interrupt();
    fs.writeFileSync(`${root}/go`, "");
    await interrupted;
    expect(utf8Text((await run).stdout)).toBe("done\n");
  });

  test("an interruption ends the others and returns when they are gone", async () => {
    const started: ProcessIdentity[] = [];
    const host = openHost({
      mode: "apply",
      graceMs: GRACE_MS,
      onStart: ({ identity }) => identity !== null && started.push(identity),
    });
    const run = failure(host.writer({ signal: never }).run(["sleep", "60"]));
    await until(() => started.length === 1);
    expect(started.every(isRunning)).toBe(true);
    await host.interrupt();
    expect(started.some(isRunning)).toBe(false);
    expect(await run).toMatchObject({ code: "E_INTERRUPTED" });
  });
});

describe("questions that are asked once", () => {
  test("are kept until something is run, and not when they failed", async () => {
    const host = openHost({ mode: "apply" });
    const system = host.writer({ signal: never });
    let asked = 0;
    const ask = (): Promise<number> => system.cached("packages", () => Promise.resolve(++asked));
    expect([await ask(), await ask()]).toEqual([1, 1]);
    await system.run(["true"]);
    expect(await ask()).toBe(2);
    host.changed();
    const broken = system.cached("packages", () => Promise.reject(new Error("broken")));
    expect(String(await failure(broken))).toBe("Error: broken");
    expect(await ask()).toBe(3);
  });
});

test("a failed command is an error that quotes its last words", () => {
  const result = { exitCode: 2, stdout: Buffer.from("out"), stderr: Buffer.from("one\nwhy\n") };
  expect(() => mustSucceed(["make", "all"], result)).toThrow("`make all` ended with 2: one\nwhy");
  expect(() => mustSucceed(["make"], { ...result, exitCode: 137 })).toThrow("`make` was ended by signal 9");
  expect(mustSucceed(["make"], { ...result, exitCode: 0 }).stdout).toBe("out");
});

async function until(met: () => boolean): Promise<void> {
  for (const limit = performance.now() + 10_000; !met() && performance.now() < limit;) await Bun.sleep(5);
  expect(met()).toBe(true);
}

function inFurtherGroups(): string | undefined {
  const groups = fs.readFileSync("/etc/group", "utf8").split("\n");
  const members = groups.flatMap((line) => (line.split(":")[3] ?? "").split(","));
  return members.find((name) => name !== "" && name !== "root");
}

function idGroups(user: string): string {
  return Bun.spawnSync(["id", "-G", user]).stdout.toString();
}
