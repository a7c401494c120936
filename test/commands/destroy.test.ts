import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { siteIn, type Site } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeDigest, treeLines } from "../support/tree-digest.ts";

const MADE = `
  file_ops.directory{ path = "HERE/w/d", mode = "0750" }
  file_ops.copy{ content = "hello\\n", dest = "HERE/w/d/a", mode = "0644" }
  file_ops.copy{ content = "new\\n", dest = "HERE/w/b", mode = "0644" }
  file_ops.symlink{ src = "HERE/w/b", dest = "HERE/w/l" }
  file_ops.lineinfile{ path = "HERE/w/conf", line = "x=1", regexp = "^x=" }
  file_ops.blockinfile{ path = "HERE/w/conf", block = "VALUE" }
  file_ops.replace{ path = "HERE/w/conf", regexp = "bad", replacement = "good" }
  file_ops.lineinfile{ path = "HERE/w/fresh", line = "y", create = true }
  file_ops.remove{ path = "HERE/w/unwanted" }
`;

function site(): Site {
  const made = siteIn(temporaryDirectory());
  fs.mkdirSync(made.at("w"));
  fs.writeFileSync(made.at("w/b"), "old\n", { mode: 0o600 });
  fs.writeFileSync(made.at("w/conf"), "first\nx=0\nbad\n");
  fs.writeFileSync(made.at("w/unwanted"), "wanted after all\n");
  return made;
}

describe("destroy", () => {
  test("leaves what was there before the stack, after any number of runs, and is done then", async () => {
    const here = site();
    const before = treeLines(here.at("w"));
    for (const value of ["one", "two"]) expect(await here.run(MADE.replace("VALUE", value))).toMatchObject({ code: 0 });
    const dry = await here.stack("destroy", "--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/4 would be removed/) });
    expect(await here.stack("destroy")).toMatchObject({ code: 64 });
    expect(treeLines(here.at("w"))).not.toEqual(before);
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(before);
    expect(await here.stack("destroy", "--yes")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^no resources/),
    });
    expect(await here.stack("verify")).toMatchObject({ code: 0 });
    expect((await here.stack("resources")).stdout).toBe("no resources\n");
    expect(await here.document("show")).toMatchObject({ unsettled: 0 });
    expect(await here.run(MADE.replace("VALUE", "three"))).toMatchObject({ code: 0 });
    expect(await here.document("drift")).toMatchObject({ drifted: 0 });
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(before);
  });

  test("says of what it removed that it is removed, as a run does", async () => {
    const here = site();
    await here.run('file_ops.copy{ content = "x", dest = "HERE/w/x" }');
    const events = (await here.stack("destroy", "--yes --output json")).stdout.trim().split("\n");
    const done = events.map((line): { type: string; outcome?: { message: string } } => JSON.parse(line));
    expect(done.findLast(({ type }) => type === "resource_done")?.outcome?.message).toStartWith("removed");
  });

  test.each([
    [0, 0],
    [1, 1],
  ])("puts back a file of 4 MiB and %d bytes: %d", async (more, code) => {
    const here = site();
    const size = 4 * 1024 * 1024 + more;
    fs.writeFileSync(here.at("w/b"), "x".repeat(size));
    await here.run('file_ops.copy{ content = "new\\n", dest = "HERE/w/b" }');
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code });
    expect(fs.statSync(here.at("w/b")).size).toBe(code === 0 ? size : 4);
  });

  test("puts back a file of which lines were kept, also when the first runs are no longer in the history", async () => {
    const here = site();
    fs.writeFileSync(here.at("w/conf"), "u1\n");
    for (const value of ["one", "two", "three"])
      await here.run(`file_ops.lineinfile{ path = "HERE/w/conf", regexp = "^v=", line = "v=${value}" }`);
    expect(await here.stack("history", "--prune --keep 1")).toMatchObject({ code: 0 });
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(here.at("w/conf"), "utf8")).toBe("u1\n");
  });

  test("puts back what a file held of which at first only the mode was changed", async () => {
    const here = site();
    const mode = 'file_ops.attributes{ path = "HERE/w/b", mode = "0644" }';
    await here.run(mode);
    await here.run(`${mode}\nfile_ops.copy{ content = "new\\n", dest = "HERE/w/b" }`);
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(here.at("w/b"), "utf8")).toBe("old\n");
  });

  test("never removes what it only found", async () => {
    const here = site();
    await here.run('file_ops.copy{ content = "old\\n", dest = "HERE/w/b" }\nfile_ops.directory{ path = "HERE/w" }');
    const ran = await here.stack("destroy", "--yes");
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/w\/b: was there before, so it stays/) });
    expect(fs.readFileSync(here.at("w/b"), "utf8")).toBe("old\n");
  });

  test("never removes what was there once, even when this stack had to make it again", async () => {
    const here = site();
    const lua = 'file_ops.copy{ content = "old\\n", dest = "HERE/w/b" }';
    await here.run(lua);
    fs.rmSync(here.at("w/b"));
    expect((await here.run(lua)).stdout).toContain("1 created");
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(here.at("w/b"), "utf8")).toBe("old\n");
  });

  test("lets go of what another stack in the database keeps too", async () => {
    const root = temporaryDirectory();
    const [web, other] = [siteIn(root, "web"), siteIn(root, "other")];
    for (const one of [web, other]) await one.run('file_ops.copy{ content = "x", dest = "HERE/a" }');
    const ran = await web.stack("destroy", "--yes");
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/kept by other too, so it stays/) });
    expect(fs.existsSync(web.at("a"))).toBe(true);
  });

  test("leaves alone what changed since, unless forced, and a directory that is not empty", async () => {
    const here = site();
    await here.run(
      'file_ops.directory{ path = "HERE/w/d" }\nfile_ops.copy{ content = "x", dest = "HERE/w/d/a" }\nfile_ops.touch{ path = "HERE/w/t" }',
    );
    fs.writeFileSync(here.at("w/d/a"), "by hand");
    fs.writeFileSync(here.at("w/t"), "data of an application");
    const kept = await here.stack("destroy", "--yes");
    expect(kept.code).toBe(1);
    expect(kept.stderr).toMatch(/w\/d\/a: changed since it was written \(content\); --force/);
    expect(kept.stderr).toMatch(/w\/t: changed since it was written/);
    expect(kept.stderr).toMatch(/w\/d: is not empty, so it stays/);
    expect(fs.readFileSync(here.at("w/d/a"), "utf8")).toBe("by hand");
    expect(await here.stack("destroy", "--yes --force")).toMatchObject({ code: 0 });
    expect(fs.existsSync(here.at("w/d/a"))).toBe(false);
    expect(fs.existsSync(here.at("w/t"))).toBe(false);
  });

  test("says what it cannot put back", async () => {
    const here = site();
    fs.mkdirSync(here.at("w/tree/deep"), { recursive: true });
    await here.run(
      'file_ops.remove{ path = "HERE/w/tree" }\nfile_ops.copy{ content = "geheim", dest = "HERE/w/b", sensitive = true }',
    );
    const ran = await here.stack("destroy", "--yes");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/what was in the directory is not kept/);
    expect(ran.stderr).toMatch(/w\/b: it is sensitive, so what it was is not in the record/);
    expect(treeDigest(here.at("w"))).toBe(treeDigest(here.at("w")));
  });
});
