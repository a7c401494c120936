import { expect } from "bun:test";
import * as fs from "node:fs";
import { openHost } from "../../src/system/host.ts";
import type { CommandResult, System } from "../../src/system/system.ts";
import { keysOf, writeKeys } from "../../src/modules/user/_authorized-keys.ts";
import { needs } from "../support/needs.ts";
import { LU, SECRET, Yard } from "./_yard.ts";

const AS_LU = ["setpriv", `--reuid=${LU}`, `--regid=${LU}`, "--clear-groups"] as const;
const asLu = needs(
  process.geteuid?.() === 0 && Bun.which("setpriv") !== null && Bun.spawnSync([...AS_LU, "true"]).exitCode === 0,
  "root and setpriv",
);

/** This machine, on which commands as another user are run as LU, who has no account. */
function machine(): System {
  const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
  const run: System["run"] = (argv, { stdin } = {}) => {
    const input = stdin === undefined ? "ignore" : Buffer.from(stdin);
    const { exitCode, stdout, stderr } = Bun.spawnSync([...AS_LU, ...argv], { stdin: input });
    return Promise.resolve({ exitCode, stdout, stderr } satisfies CommandResult);
  };
  return Object.assign(Object.create(system) as System, { run });
}

const lu = (yard: Yard) => ({ name: "lu", uid: LU, home: yard.home });

function withKeys(contents: string): Yard {
  const yard = new Yard();
  yard.directory("home/.ssh", LU, 0o700);
  yard.file("home/.ssh/authorized_keys", contents, LU, 0o600);
  return yard;
}

asLu("a key is added where another is there twice, and comments stay", async () => {
  const yard = withKeys("# mine\nK1\nK1");
  expect(keysOf(lu(yard), machine())).toEqual(["K1"]);
  await writeKeys(lu(yard), ["K1", "K2"], machine());
  expect(yard.text("home/.ssh/authorized_keys")).toBe("# mine\nK1\nK1\nK2\n");
});

asLu("a link of the user to a file of his is followed, and what is there stays", async () => {
  const yard = withKeys("");
  yard.directory("home/dot", LU, 0o755);
  yard.file("home/dot/keys", "K1\n", LU, 0o600);
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.link("home/.ssh/authorized_keys", "../dot/keys", LU);
  expect(keysOf(lu(yard), machine())).toEqual(["K1"]);
  await writeKeys(lu(yard), ["K1", "K2"], machine());
  expect(yard.text("home/dot/keys")).toBe("K1\nK2\n");
  expect(fs.lstatSync(`${yard.home}/.ssh/authorized_keys`).isSymbolicLink()).toBe(true);
});

asLu("a link to what is not his is refused, and so is a file of another that he may not read", async () => {
  const yard = withKeys("");
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.link("home/.ssh/authorized_keys", `${yard.crown}/shadow`, LU);
  const refused = expect.objectContaining({ code: "E_ACCESS" });
  expect(() => keysOf(lu(yard), machine())).toThrow(refused);
  expect(writeKeys(lu(yard), ["K2"], machine())).rejects.toThrow(refused);
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.file("home/.ssh/authorized_keys", SECRET, 0, 0o600);
  expect(() => keysOf(lu(yard), machine())).toThrow(refused);
  expect(writeKeys(lu(yard), ["K2"], machine())).rejects.toThrow(refused);
  expect(yard.touched()).toEqual([]);
});
