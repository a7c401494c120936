import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** Runs a workflow with a database of its own; `HERE` stands for its directory. */
async function run(lua: string, flags: readonly string[] = []) {
  const here = temporaryDirectory();
  writeFileSync(join(here, "site.lua"), lua.replaceAll("HERE", here));
  writeFileSync(
    join(here, "hosts.json"),
    JSON.stringify({ hosts: { web1: { address: "127.0.0.1", port: 1 }, web2: { address: "127.0.0.1", port: 1 } } }),
  );
  const inventory = ["--inventory", join(here, "hosts.json"), "--ssh-config", "/dev/null"];
  const ran = await runLine(["run", join(here, "site.lua"), "--db", join(here, "s.db"), ...inventory, ...flags]);
  return { ...ran, last: ran.stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const LOOP = `
  for _, name in ipairs{ "a", "b", "c" } do task{ name = name, run = function() error("no") end } end
  task{ name = "d", depends_on = { "a" }, run = function() end }
  task{ name = "e", run = function() file_ops.copy{ content = "x", dest = "HERE/x" } end }`;

test("each of several tasks that fail at one place is shown, and the last line counts them", async () => {
  const { code, stdout, last } = await run(LOOP);
  expect(code).toBe(1);
  for (const name of ["a", "b", "c"]) expect(stdout).toContain(`! task ${name} failed`);
  expect(last).toMatch(/^1 resource: 1 created; 3 of 5 tasks failed, 1 skipped \(/);
  expect(JSON.parse((await run(LOOP, ["--output", "json"])).last)).toMatchObject({
    tasks: { ok: 1, failed: 3, skipped: 1, notNeeded: 0, unpredictable: 0 },
    hosts: [{ host: "local", unreachable: false, counts: { created: 1 }, tasks: { failed: 3 } }],
  });
});

test("a top level that failed is a failed task", async () => {
  const { last } = await run(`file_ops.copy{ content = "x", dest = "HERE/x" }\nerror("no")`);
  expect(last).toMatch(/^1 resource: 1 created; 1 of 1 task failed \(/);
});

const onHosts = needs(Bun.which("ssh") !== null, "ssh");

onHosts("every host that failed is shown, why it was not reached once, and the last line counts hosts", async () => {
  const lua = `
    task{ name = "x", run = function() file_ops.copy{ content = "x", dest = "/x" } end }
    task{ name = "y", run = function()
      file_ops.copy{ content = "y", dest = "/y" }
    end }`;
  const { code, stdout, stderr, last } = await run(lua, ["--on", "web1,web2"]);
  expect(code).toBe(1);
  expect(stderr.match(/cannot be reached/g)).toHaveLength(2);
  for (const task of ["x@web1", "y@web1", "x@web2", "y@web2"]) expect(stdout).toContain(`! task ${task} failed`);
  expect(stdout).toContain("web1: unreachable; 2 of 2 tasks failed\nweb2: unreachable; 2 of 2 tasks failed\n");
  expect(last).toMatch(/^no resources; 4 of 4 tasks failed; 2 of 2 hosts failed \(2 unreachable\) \(/);
});
