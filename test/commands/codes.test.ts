import { expect, test } from "bun:test";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

test("-v shows the code of every error, wherever it is told; without it none is shown", async () => {
  using dir = temporaryDirectory();
  const exec = async (lua: string, ...flags: string[]) =>
    (await runLine(["exec", lua, "--db", join(dir.path, "s.db"), ...flags])).stderr;
  const fails = 'fs.read("/nowhere/at/all")';
  expect(await exec(fails)).not.toContain("E_");
  for (const flag of ["-v", "--verbose"]) expect(await exec(fails, flag)).toMatch(/\(E_NOT_FOUND\)$/m);
  expect(await exec("pritn(1)", "-v")).toMatch(/^exec:1: undefined global 'pritn'.* \(E_UNDEFINED\)$/m);
  expect(await exec("print(x) print(y)", "-v")).toMatch(/\(E_UNDEFINED\)[^]*\(E_UNDEFINED\)[^]*\(E_MISTAKES\)$/m);
  expect((await runLine(["run", "/nowhere.lua", "-v"])).stderr).toMatch(/\(E_SCRIPT\)$/m);
});
