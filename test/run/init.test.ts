import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstFiles, workflowName, type Surroundings } from "../../src/run/first-files.ts";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const kinds: readonly Omit<Surroundings, "name">[] = ["apt", "apk", null].flatMap((packageManager) =>
  ["systemd", "openrc", "sh"].flatMap((init) =>
    [true, false].map((isRoot) => ({ system: "Some System 1", packageManager, init, isRoot })),
  ),
);

test.each(kinds)("the first workflow of %o has no mistakes", async (kind) => {
  using dir = temporaryDirectory();
  const files = firstFiles({ ...kind, name: "web" });
  for (const { path, text } of files) {
    mkdirSync(join(dir.path, path, ".."), { recursive: true });
    writeFileSync(join(dir.path, path), text);
  }
  const file = join(dir.path, "sloth.lua");
  const hosts = join(dir.path, "inventory.yaml");
  const checked = await runLine(["check", file, "--values", join(dir.path, "values.yaml"), "--inventory", hosts]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  const told = readFileSync(file, "utf8");
  expect(told.includes("pkg.install")).toBe(kind.packageManager !== null && kind.isRoot);
  expect(told.includes("ensure({ name = name")).toBe(kind.isRoot && kind.init !== "sh");
});

test("what is there stays, links too", async () => {
  using dir = temporaryDirectory();
  writeFileSync(join(dir.path, "sloth.lua"), "-- mine\n");
  writeFileSync(join(dir.path, ".luarc.json"), "{}\n");
  symlinkSync("/etc/nowhere", join(dir.path, "values.yaml"));
  const { code, stdout } = await runLine(["init", dir.path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^kept +\S*sloth\.lua.*left alone$/m);
  expect(stdout).toMatch(/^kept +\S*values\.yaml/m);
  expect(stdout).toMatch(/^wrote +\S*test\.sh/m);
  expect(stdout).toContain("add to it");
  expect(readFileSync(join(dir.path, "sloth.lua"), "utf8")).toBe("-- mine\n");
  expect(readFileSync(join(dir.path, ".luarc.json"), "utf8")).toBe("{}\n");
});

test("where a file is in the way of a directory, that is said", async () => {
  using dir = temporaryDirectory();
  writeFileSync(join(dir.path, "site"), "");
  const { code, stderr } = await runLine(["init", join(dir.path, "site")]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^sloth-runner: cannot make /) });
});

test("a directory of any name gives a name for the workflow", () => {
  expect(["web", ".hidden", "-x", "a b/ü", "..."].map(workflowName)).toEqual(["web", "hidden", "x", "a-b-", "site"]);
});
