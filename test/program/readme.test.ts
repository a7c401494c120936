import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { blocksOf } from "../../scripts/docs/blocks.ts";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const root = resolve(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

const blocks = blocksOf(readme);

test("every workflow of the README passes the check", () => {
  using dir = temporaryDirectory();
  for (const { language, text } of blocks.filter((block) => block.language === "lua")) {
    writeFileSync(join(dir.path, `workflow.${language}`), text);
    expect(run([BINARY, "check", "workflow.lua"], { cwd: dir.path })).toMatchObject({ code: 0 });
  }
});

test("the npm scripts, files and options that the README names are there", () => {
  const scripts = [...readme.matchAll(/npm (?:run ([\w:]+)|(test))/g)].map(([, script, short]) => script ?? short);
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts));
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
  for (const link of links) expect(`${link} ${run(["test", "-e", join(root, link)]).code}`).toBe(`${link} 0`);
  const help = run(["sh", join(root, "install.sh"), "--help"]).stdout;
  for (const option of ["--from", "--key", "--dry-run"]) expect(help).toContain(option);
});
