import { describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

const WHOLE = 'file_ops.copy{ content = "a\\n", dest = "HERE/f" }';
const LINE = 'file_ops.lineinfile{ path = "HERE/f", line = "x=1", regexp = "^x=", create = true }';
const OTHER_LINE = 'file_ops.lineinfile{ path = "HERE/f", line = "x=2", regexp = "x" }';
const BLOCK = 'file_ops.blockinfile{ path = "HERE/f", block = "one" }';
const QUARREL = /site\.lua:\d+: (\w+):\S+\/f.* undoes (\w+):\S+\/f.* of \S*site\.lua:\d+: every run will do both again/;

describe("a workflow that undoes in one place what it states of a file in another", () => {
  test.each([
    ["a line in a whole file", `${WHOLE}\n${LINE}`, "line", "file"],
    ["a whole file over a line", `${LINE}\n${WHOLE}`, "file", "line"],
    ["a block in a whole file", `${WHOLE}\n${BLOCK}`, "block", "file"],
  ])("%s: is told in plan and run, and never blamed on the machine", async (_what, lua, undoing, undone) => {
    const site = siteIn(temporaryDirectory());
    for (const flags of ["--dry-run", "", "--dry-run", ""]) {
      const { code, stdout, stderr } = await site.run(lua, flags);
      expect({ code, told: QUARREL.exec(stdout + stderr)?.slice(1, 3) }).toEqual({ code: 0, told: [undoing, undone] });
      expect(stdout).not.toContain("drifted");
    }
    expect((await site.run(lua)).stdout).toContain("(the workflow undid it)");
  });

  test("two lines that both match: from the second run on", async () => {
    const site = siteIn(temporaryDirectory());
    writeFileSync(site.at("f"), "x=0\n");
    await site.run(`${LINE}\n${OTHER_LINE}`);
    expect((await site.run(`${LINE}\n${OTHER_LINE}`)).stderr).toMatch(QUARREL);
  });
});

describe("what is at peace", () => {
  const PEACE = `file_ops.copy{ content = "a\\n", dest = "HERE/f", force = false }\n${LINE}\n${BLOCK}
    file_ops.attributes{ path = "HERE/f", mode = "0600" }`;

  test("is not told", async () => {
    const site = siteIn(temporaryDirectory());
    for (const flags of ["--dry-run", "", ""]) {
      const { stdout, stderr } = await site.run(PEACE, flags);
      expect(stdout + stderr).not.toContain("undoes");
    }
  });

  test("drifts when somebody else changes it, the whole and the part", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run(PEACE);
    writeFileSync(site.at("f"), "x=7\n");
    const { stdout, stderr } = await site.run(PEACE);
    expect(stdout.match(/the machine drifted/g)).toHaveLength(2);
    expect(stdout + stderr).not.toContain("undo");
    await site.run(WHOLE, "--stack whole");
    appendFileSync(site.at("f"), "by hand\n");
    expect((await site.run(WHOLE, "--stack whole")).stdout).toContain("(the machine drifted)");
  });
});
