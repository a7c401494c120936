import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

const copy = (name: string) => `file_ops.copy{ content = "${name}", dest = "HERE/${name}" }\n`;

describe("run --prune", () => {
  test("undoes what the workflow declares no longer, once, and says so in plan before", async () => {
    const site = siteIn(temporaryDirectory());
    fs.writeFileSync(site.at("found"), "found");
    await site.run(copy("a") + copy("b") + copy("found"));
    expect(await site.run(copy("a"))).toMatchObject({ code: 0 });
    expect(fs.existsSync(site.at("b"))).toBe(true);
    const dry = await site.run(copy("a"), "--prune --dry-run");
    expect(dry.stdout).toMatch(/- file_ops\.copy \S+\/b \(would be removed\)/);
    expect(fs.existsSync(site.at("b"))).toBe(true);
    const ran = await site.run(copy("a"), "--prune --yes");
    expect(ran.stdout).toMatch(/1 removed/);
    expect(ran.stderr).toMatch(/found: was there before, so it stays/);
    expect(fs.readdirSync(site.at(".")).filter((name) => /^(a|b|found)$/.test(name))).toEqual(["a", "found"]);
    expect((await site.run(copy("a"), "--prune --yes")).stdout).toMatch(/1 resource: 1 unchanged/);
    expect(await site.stack("verify")).toMatchObject({ code: 0 });
  });

  test("is hinted at by a plan and a run of all tasks that declare less, and by no other", async () => {
    const site = siteIn(temporaryDirectory());
    const hint = "2 no longer declared: --prune removes them (file:HERE/b, file:HERE/c)";
    const told = hint.replaceAll("HERE", site.at("."));
    await site.run(copy("a") + copy("b") + copy("c"));
    expect((await site.run(copy("a"), "--dry-run")).stdout).toContain(told);
    expect((await site.run(copy("new"), "--dry-run")).stdout).toContain("3 no longer declared: ");
    expect((await site.run(copy("a"))).stderr).toBe(`${told}\n`);
    expect((await site.run(copy("a"), "--task files")).stderr).toBe("");
    expect((await site.run(`${copy("a")}error("no")`)).stderr).not.toContain("declared");
    await site.run(copy("a"), "--prune --yes");
    expect((await site.run(copy("a"))).stderr).toBe("");
  });

  test("without a terminal needs --yes before anything is done, and all tasks", async () => {
    const site = siteIn(temporaryDirectory());
    expect(await site.run(copy("a"), "--prune")).toMatchObject({ code: 64 });
    expect(fs.existsSync(site.at("a"))).toBe(false);
    expect(await site.run(copy("a"), "--prune --yes --task files")).toMatchObject({ code: 64 });
    expect(await site.run(copy("a"), "--force")).toMatchObject({ code: 64 });
  });

  test("removes nothing after a failure, or when a task was not needed", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run(copy("a"));
    expect(await site.run('error("no")', "--prune --yes")).toMatchObject({ code: 1 });
    expect(fs.existsSync(site.at("a"))).toBe(true);
    const lua = 'end }\ntask{ name = "never", when = function() return false end, run = function()';
    const ran = await site.run(lua, "--prune --yes");
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/nothing is pruned: task 'never' was not run \(not-needed\)/);
    expect(fs.existsSync(site.at("a"))).toBe(true);
  });

  test("never what was registered by hand, what another workflow declared, or what changed since", async () => {
    const root = temporaryDirectory();
    const [site, other] = [siteIn(root, "site"), siteIn(root, "other")];
    await other.run(copy("theirs"), "--stack shared");
    await site.run(
      `${copy("ours")}${copy("edited")}stack.register_resource{ type = "x", name = "y", module = "z", properties = {} }`,
      "--stack shared",
    );
    fs.writeFileSync(site.at("edited"), "by hand");
    const ran = await site.run("", "--stack shared --prune --yes");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/edited: changed since it was written \(content\)/);
    expect([
      fs.existsSync(site.at("ours")),
      fs.existsSync(site.at("theirs")),
      fs.existsSync(site.at("edited")),
    ]).toEqual([false, true, true]);
    expect(await site.run("", "--stack shared --prune --yes --force")).toMatchObject({ code: 0 });
    expect(fs.existsSync(site.at("edited"))).toBe(false);
  });
});
