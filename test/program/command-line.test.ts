import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const shell = (script: string, cwd?: string) =>
  run(["sh", "-c", script, "sh", BINARY], cwd === undefined ? {} : { cwd });

describe("a wrong line is one sentence on standard error and 64", () => {
  test.each([
    ["vesrion", "unknown command 'vesrion'; did you mean 'version'?"],
    ["version --jsn", "unknown flag '--jsn'; known flags are --output, "],
    ["version --output", "--output needs a value; write --output human|json"],
    ["version --output --help=x", "--output needs a value; '--help=x' follows it; a value that starts with a dash"],
    ["version now", "'now' is one argument too many"],
    ["modules shwo fs", "unknown command 'modules shwo'; did you mean 'show'?"],
  ])("%s", (line, message) => {
    const ran = run([BINARY, ...line.split(" ")]);
    expect(ran).toMatchObject({ code: 64, stdout: "" });
    expect(ran.stderr).toStartWith(`sloth-runner: ${message}`);
    expect(ran.stderr.trimEnd()).not.toContain("\n");
  });
});

test("help is on standard output and 0, at every level; no command at all is help and 64", () => {
  for (const words of [["--help"], ["modules", "--help"], ["modules", "show", "-h"]])
    expect(run([BINARY, ...words])).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Example:") });
  expect(run([BINARY])).toMatchObject({ code: 64, stdout: "", stderr: expect.stringContaining("Commands:") });
});

test("all of a long output gets through a slow pipe", () => {
  const { stdout } = shell('"$1" modules show stack --output json | (sleep 0.2; cat)');
  expect(JSON.parse(stdout)).toMatchObject({ name: "stack" });
});

test("a reader that goes away is nobody's failure", () => {
  expect(shell('("$1" modules show stack; echo "exit $?" >&2) | true')).toEqual({
    code: 0,
    stdout: "",
    stderr: "exit 0\n",
  });
});

test("a full disk is a failure that says so", () => {
  const ran = shell('"$1" modules show stack > /dev/full');
  expect(ran).toMatchObject({ code: 1, stdout: "" });
  expect(ran.stderr).toStartWith("sloth-runner: standard output cannot be written: ENOSPC");
});

test("streams that are closed do not keep it from its work", () => {
  expect(shell('"$1" version >&-').code).toBe(0);
  expect(shell('"$1" version <&-').stdout).toStartWith("sloth-runner ");
  expect(shell('"$1" vesrion 2>&-').code).toBe(64);
});

test("colours follow the terminal: none in a pipe", () => {
  expect(run([BINARY, "--help"]).stdout).toMatch(/^[\n\x20-\x7e]*$/);
});

test("modules types writes the editor's definitions, and settings where there are none", () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, "site"));
  const cwd = join(directory.path, "site");
  const types = (...args: string[]) => run([BINARY, "modules", "types", ...args], { cwd });
  expect(types()).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("wrote .luarc.json") });
  expect(readdirSync(cwd).sort()).toEqual([".luarc.json", ".sloth-runner"]);
  const settings = readFileSync(join(cwd, ".luarc.json"), "utf8");
  expect(JSON.parse(settings)).toMatchObject({ "workspace.library": [".sloth-runner/types"] });
  expect(types().stdout).toContain("names them already");
  expect(types("stubs").stdout).toContain('left alone; add to it: "workspace.library": ["stubs"]');
  expect(readFileSync(join(cwd, ".luarc.json"), "utf8")).toBe(settings);
  expect(readdirSync(join(cwd, ".sloth-runner/types"))).toContain("sloth-runner.lua");
  const again = run([BINARY, "modules", "types", "/dev/null/x"]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
});

test("version names what is inside", () => {
  expect(JSON.parse(run([BINARY, "version", "--output", "json"]).stdout)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    commit: expect.stringMatching(/^([0-9a-f]{40}(-modified)?|unknown)$/),
    target: expect.stringMatching(/^\w+-\w+/),
    bun: Bun.version,
    lua: "5.4",
    sqlite: expect.stringMatching(/^3\.\d+\.\d+$/),
  });
});
