import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temp.ts";

test("tasks, tags, hosts, kinds, runs and functions are offered by their names", async () => {
  const here = temporaryDirectory();
  const [file, db, hosts] = ["w.lua", "s.db", "hosts.yaml"].map((name) => join(here, name));
  writeFileSync(
    file ?? "",
    `workflow{ name = "web" }
     hosts{ own = { address = "10.0.0.1" } }
     task{ name = "install", tags = { "first" }, run = function() file_ops.copy{ content = "x", dest = "${here}/x" } end }
     task{ name = "start", tags = { "second", "first" }, run = function() end }`,
  );
  writeFileSync(hosts ?? "", "hosts: { web1: {}, web2: {} }\ngroups: { all: [web1, web2] }\n");
  expect(await runLine(["run", file ?? "", "--db", db ?? ""])).toMatchObject({ code: 0 });
  const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await runLine(["complete", "--", ...words]);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
  };
  expect(await offered("run", file ?? "", "--task", "")).toEqual(["install", "start"]);
  expect(await offered("run", file ?? "", "--tags", "")).toEqual(["first", "second"]);
  expect(await offered("plan", file ?? "", "--inventory", hosts ?? "", "--on", "")).toEqual([
    "web1",
    "web2",
    "own",
    "all",
  ]);
  expect(await offered("stack", "resources", "web", "--db", db ?? "", "--kind", "")).toEqual(["file"]);
  expect(await offered("stack", "drift", "web", "--db", db ?? "", "--host", "")).toEqual(["local"]);
  expect(await offered("stack", "drift", "web", "--db", db ?? "", "--task", "")).toEqual(["install"]);
  expect(await offered("stack", "history", "web", "--db", db ?? "", "")).toEqual(["1"]);
  expect(await offered("stack", "rollback", "web", "--db", db ?? "", "--to", "")).toEqual(["1"]);
  expect(await offered("modules", "show", "file_ops.cop")).toEqual(["file_ops.copy"]);
  expect(await offered("bundle", "")).toEqual([":file"]);
});
