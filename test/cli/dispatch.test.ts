import { expect, test } from "bun:test";
import { command, group, type Table } from "../../src/cli/command.ts";
import { confirm } from "../../src/run/confirm.ts";
import { findCommand } from "../../src/cli/dispatch.ts";
import { MEANT } from "../../src/cli/other-words.ts";
import { commands } from "../../src/commands/index.ts";
import { flag, operand } from "../../src/cli/flags.ts";
import { runLine } from "../support/command-line.ts";

const done: string[] = [];
const remove = command({
  summary: "Remove a thing.",
  example: "sloth-runner thing remove x",
  args: { NAME: operand("The thing."), yes: flag("Do not ask.") },
  async run(values, context) {
    if (!(await confirm(context, `Remove ${values.NAME}?`, values.yes))) return 1;
    done.push(context.line);
    return 0;
  },
});
const table: Table = { thing: group("Things.", { remove: () => Promise.resolve({ default: remove }) }) };

test("a wrong word names the closest command, at each level", async () => {
  expect((await runLine(["thin"], { table })).stderr).toBe(
    "sloth-runner: unknown command 'thin'; did you mean 'thing'?\n",
  );
  expect((await runLine(["thing", "remov"], { table })).stderr).toBe(
    "sloth-runner: unknown command 'thing remov'; did you mean 'remove'?\n",
  );
  expect((await runLine(["constructor"], { table })).code).toBe(64);
  expect((await runLine(["--yes", "thing"], { table })).stderr).toContain("flags come after the command's name");
});

test("a workflow as the command, another tool's word, and a command without its group lead to what was meant", async () => {
  const hint = async (typed: string) => (await runLine([typed])).stderr;
  const here = (typed: string, meant: string) =>
    `sloth-runner: ${typed} is no command; it is 'sloth-runner ${meant}' here\n`;
  expect(await hint("site.lua")).toBe(here("site.lua", "run site.lua"));
  expect(await hint("apply")).toBe(here("apply", "run"));
  expect(await hint("destroy")).toBe(here("destroy", "stack destroy"));
  expect(await hint("config")).toBe(here("config", "stack config"));
  for (const unclear of ["list", "serve", "toString"]) expect(await hint(unclear)).toContain("unknown command");
  for (const [word, meant] of Object.entries(MEANT)) {
    expect(findCommand([word], commands).path).toEqual([]);
    expect(await runLine([...meant.split(" "), "--help"])).toMatchObject({ code: 0 });
  }
});

test("a group without a command shows its commands and is a usage error", async () => {
  const ran = await runLine(["thing"], { table });
  expect(ran).toMatchObject({ code: 64, stdout: "" });
  expect(ran.stderr).toContain("remove  Remove a thing.");
});

test("help is the same however it is asked for", async () => {
  const help = await runLine(["thing", "remove", "--help"], { table });
  expect(help.stdout).toContain("Usage: sloth-runner thing remove NAME [FLAGS]");
  expect(await runLine(["help", "thing", "remove"], { table })).toEqual(help);
  expect(await runLine(["thing", "remove", "x", "--bogus", "-h"], { table })).toEqual(help);
});

test("what is only for programs is not offered, nor a group of nothing else", async () => {
  const secret = command({
    summary: "Serve.",
    example: "sloth-runner far serve",
    hidden: true,
    args: {},
    run: async () => 0,
  });
  const all: Table = { ...table, far: group("Far.", { serve: () => Promise.resolve({ default: secret }) }) };
  expect((await runLine(["--help"], { table: all })).stdout).not.toContain("far");
  expect((await runLine(["fra"], { table: all })).stderr).not.toContain("far");
  expect(await runLine(["far", "serve"], { table: all })).toMatchObject({ code: 0 });
});

test("nothing is done without a terminal and without --yes", async () => {
  done.length = 0;
  const refused = await runLine(["thing", "remove", "x"], { table });
  expect(refused).toMatchObject({
    code: 64,
    stderr: "sloth-runner: there is no terminal to confirm on; nothing was done; confirm with --yes\n",
  });
  expect(await runLine(["thing", "remove", "x"], { table, types: "n" })).toMatchObject({ code: 1 });
  expect(await runLine(["thing", "remove", "x"], { table, types: "" })).toMatchObject({ code: 1 });
  expect(done).toEqual([]);
});

test("it is done after a yes, typed or given", async () => {
  done.length = 0;
  expect(await runLine(["thing", "remove", "x"], { table, types: "y" })).toMatchObject({
    code: 0,
    stderr: "Remove x? [y/N] ",
  });
  expect(await runLine(["thing", "remove", "x", "--yes"], { table })).toMatchObject({ code: 0, stderr: "" });
  expect(done).toEqual(["thing remove x", "thing remove x --yes"]);
});
