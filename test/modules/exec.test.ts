import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { exec } from "../../src/modules/exec/index.ts";
import { Secret } from "../../src/base/value.ts";
import type { ReadSystem, System } from "../../src/system/system.ts";
import { asRoot } from "../support/needs-root.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { refusal } from "./_call.ts";
import { act, thisMachine, type Acted } from "./_machine.ts";

const run = (props: object, options = {}): Promise<Acted | null> => act(exec, "exec.run", props, options);
const answer = async (props: object, options = {}) => (await run(props, options))?.value;
const secret = new Secret(Buffer.from("pa55word"), "secret.env(PW)");

describe("running", () => {
  test("a string goes to the shell, a list does not", async () => {
    expect(await answer({ cmd: "echo $((1+1)); echo no >&2" })).toEqual({
      exit_code: 0,
      stdout: "2\n",
      stderr: "no\n",
    });
    expect(await answer({ argv: ["echo", "$((1+1))"] })).toMatchObject({ stdout: "$((1+1))\n" });
    expect(await answer({ cmd: "echo $0", shell: "/bin/bash" })).toMatchObject({ stdout: "/bin/bash\n" });
  });

  test("output is byte for byte what it was", async () => {
    expect(await answer({ cmd: "printf 'a\\377'" })).toMatchObject({ stdout: new Uint8Array([97, 255]) });
    expect(await answer({ cmd: "printf '\\357\\273\\277no newline'" })).toMatchObject({ stdout: "\uFEFFno newline" });
  });

  test("more output than 64 MiB ends the command, and is told", async () => {
    expect(await refusal(run({ cmd: "head -c 70000000 /dev/zero; echo done > /dev/null" }))).toMatch(
      /wrote more than 67108864 bytes and was stopped; let it write to a file/,
    );
  });

  test("arguments, environment, input and directory arrive", async () => {
    const root = temporaryDirectory();
    const bytes = new Uint8Array([0xff, 0x61]);
    expect(await answer({ argv: ["printf", "%s|%s", "a b'\"\n", bytes] })).toMatchObject({
      stdout: new Uint8Array([...Buffer.from("a b'\"\n|"), 0xff, 0x61]),
    });
    expect(await answer({ cmd: 'cat; echo "$A $PWD"', env: { A: "x y" }, stdin: "in ", cwd: root })).toMatchObject({
      stdout: `in x y ${root}\n`,
    });
  });

  asRoot("as another user", async () => {
    expect(await answer({ cmd: "id -un", user: "nobody", cwd: "/" })).toMatchObject({ stdout: "nobody\n" });
  });
});

describe("failing", () => {
  test("another exit code than 0 fails and quotes the last twenty lines of both streams", async () => {
    const numbered = 'for i in $(seq 1 30); do echo "out $i"; echo "err $i" >&2; done; exit 3';
    const lines = (stream: string) => Array.from({ length: 20 }, (_, index) => `${stream} ${index + 11}`).join("\n");
    expect(await refusal(run({ cmd: numbered }))).toBe(
      `E_EXIT exit code 3: ${lines("err")}\nstandard output was: ${lines("out")}`,
    );
    expect(await refusal(run({ cmd: "echo only; exit 1" }))).toBe("E_EXIT exit code 1: only");
    expect(await refusal(run({ argv: ["false"] }))).toBe("E_EXIT exit code 1 and said nothing");
    expect(await refusal(run({ cmd: "kill -KILL $$" }))).toStartWith("E_EXIT ended by SIGKILL (exit code 137)");
  });

  test("ok_codes lists what is a success instead", async () => {
    expect(await answer({ cmd: "exit 3", ok_codes: [0, 3] })).toMatchObject({ exit_code: 3 });
    expect(await refusal(run({ cmd: "exit 0", ok_codes: [3] }))).toStartWith("E_EXIT exit code 0");
  });

  test("a missing command is named", async () => {
    expect(await refusal(run({ argv: ["no-such-command"] }))).toContain("no-such-command");
    expect(await refusal(run({ cmd: "no-such-command" }))).toContain("did not find a command of that name");
    expect(await refusal(run({ cmd: "true", cwd: "/no/such/directory" }))).toContain("/no/such/directory");
  });
});

describe("only where it is needed", () => {
  test("creates and removes", async () => {
    const root = temporaryDirectory();
    const once = { cmd: "echo x >> made", creates: "made", cwd: root };
    expect((await run(once))?.changed).toBe(true);
    expect(await run(once)).toBe(null);
    expect(readFileSync(`${root}/made`, "utf8")).toBe("x\n");
    const away = { argv: ["rm", `${root}/made`], removes: `${root}/made` };
    expect((await run(away))?.changed).toBe(true);
    expect(await run(away)).toBe(null);
  });

  test("unless and onlyif, in the command's place and with its environment", async () => {
    const root = temporaryDirectory();
    writeFileSync(`${root}/flag`, "");
    const place = { cwd: root, env: { NAME: "flag" } };
    expect(await run({ cmd: "touch ran", unless: 'test -e "$NAME"', ...place })).toBe(null);
    expect(await run({ cmd: "touch ran", onlyif: ["test", "-e", "none"], ...place })).toBe(null);
    expect(existsSync(`${root}/ran`)).toBe(false);
    expect(await run({ cmd: "touch ran", unless: ["test", "-e", "none"], onlyif: "test -e flag", ...place })).not.toBe(
      null,
    );
  });

  test("in plan nobody knows what a step not done would have left", async () => {
    const planned: ReadSystem = { ...lookingAt("/there"), unknownBecause: () => "make install was not run" };
    const guards = [{ creates: "/none" }, { removes: "/none" }, { unless: "true" }, { onlyif: "true" }];
    for (const guard of guards) {
      const call = run({ cmd: "true", ...guard }, { system: planned });
      expect(await refusal(call)).toMatch(/^E_UNKNOWN (there is no \/none yet, and )?make install was not run$/);
    }
    expect(await run({ cmd: "true", creates: "/there" }, { system: planned })).toBe(null);
  });
});

describe("change", () => {
  const changed = async (props: object): Promise<boolean | undefined> => (await run(props))?.changed;

  test("it is one unless it says otherwise", async () => {
    expect(await changed({ cmd: "true" })).toBe(true);
    expect(await changed({ cmd: "true", changed_when: false })).toBe(false);
    expect(await changed({ cmd: "true", read_only: true })).toBe(false);
  });

  test("by exit codes and by what it says", async () => {
    const codes = { changed_when: { exit_codes: [2] }, ok_codes: [0, 2] };
    expect(await changed({ cmd: "exit 2", ...codes })).toBe(true);
    expect(await changed({ cmd: "exit 0", ...codes })).toBe(false);
    const said = { changed_when: { stdout_matches: "^created\\b" } };
    expect(await changed({ cmd: "echo ok; echo created 3", ...said })).toBe(true);
    expect(await changed({ cmd: "echo nothing created", ...said })).toBe(false);
  });
});

describe("secrets", () => {
  test("are refused where the process list would show them", async () => {
    expect(await refusal(run({ cmd: secret }))).toContain("would be seen in the process list");
    expect(await refusal(run({ argv: ["login", secret] }))).toContain("hand it over by 'env' or 'stdin'");
  });

  test("reach the command by env and stdin, and are nowhere in what is sent", async () => {
    const props = { cmd: 'read line; test "$PW" = "$line" && echo same', env: { PW: secret, A: "b" }, stdin: secret };
    const acted = await run(props, { sensitive: true });
    expect(acted?.value).toMatchObject({ stdout: "same\n" });
    expect(JSON.stringify(acted?.want)).not.toContain("pa55word");
    expect(JSON.stringify(acted?.want)).toMatch(/keyed:[0-9a-f]{64}.*keyed:/);
  });

  test("of a sensitive call no error quotes what it said", async () => {
    const said = await refusal(run({ cmd: "echo $PW; exit 1", env: { PW: secret } }, { sensitive: true }));
    expect(said).toBe("E_EXIT exit code 1; what it said is not shown, as the call is sensitive");
  });
});

test("mistakes are told before anything runs", async () => {
  const cases: readonly (readonly [object, string])[] = [
    [{}, "takes either 'cmd' or 'argv'"],
    [{ cmd: "a", argv: ["a"] }, "takes either 'cmd' or 'argv'"],
    [{ argv: [] }, "the command is empty"],
    [{ cmd: "a\0b" }, "NUL"],
    [{ cmd: "true", creates: "made" }, "needs 'cwd'"],
    [{ cmd: "true", env: { "A=B": "c" } }, "'A=B'"],
    [{ cmd: "true", changed_when: { stdout_matches: "(" } }, "not a regular expression"],
    [{ cmd: "true", ok_codes: [300] }, "'ok_codes[1]' is number 300"],
    [{ cmd: "true", comand: "x" }, "unknown field 'comand'"],
  ];
  for (const [props, words] of cases) expect(await refusal(run(props))).toContain(words);
});

test("the title is the name, else the first line of the command", () => {
  const [action] = exec.functions;
  if (action?.form !== "action") throw new Error("exec.run is an action");
  expect(action.title({ cmd: "make install\nmake clean" })).toBe("make install…");
  expect(action.title({ argv: ["a", "b c"] })).toBe("a b c");
  expect(action.title({ cmd: "true", name: "Nothing" })).toBe("Nothing");
  expect(action.title({ cmd: "x".repeat(200) })).toHaveLength(80);
});

/** A machine on which only these paths are there. */
function lookingAt(...paths: readonly string[]): System {
  const stat = thisMachine().lstat("/");
  return { lstat: (path: string) => (paths.includes(path) ? stat : null) } as unknown as System;
}
