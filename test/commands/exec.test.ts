import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

test("a line of Lua is planned, done, done again without a change, and in the history without its text", async () => {
  using dir = temporaryDirectory();
  const file = join(dir.path, "motd");
  const lua = `file_ops.copy{ content = "Welcome.\\n", dest = "${file}" }`;
  const exec = (...flags: string[]) => runLine(["exec", lua, "--db", join(dir.path, "s.db"), ...flags]);
  expect(await exec("--plan")).toMatchObject({ code: 0, stdout: expect.stringContaining("1 would be created") });
  expect(existsSync(file)).toBe(false);
  expect((await exec()).stdout).toContain("1 created");
  expect(readFileSync(file, "utf8")).toBe("Welcome.\n");
  expect((await exec()).stdout).toContain("1 unchanged");
  const history = await runLine(["stack", "history", "exec", "--output", "json", "--db", join(dir.path, "s.db")]);
  expect(history.stdout).toContain('"command": "exec … --db');
  expect(history.stdout).not.toContain("Welcome");
});

test("a mistake in it is told before anything is done, with its place", async () => {
  using dir = temporaryDirectory();
  const exec = (lua: string) => runLine(["exec", lua, "--db", join(dir.path, "s.db")]);
  expect(await exec('pkg.install("htop")')).toMatchObject({
    code: 65,
    stderr: expect.stringMatching(/^exec:1: pkg\.install: .*write pkg\.install\{ name = "htop" \}/),
  });
  expect(await exec("error('no')")).toMatchObject({ code: 1 });
});
