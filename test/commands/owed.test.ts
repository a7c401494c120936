import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

const unsettled = async (here: ReturnType<typeof siteIn>): Promise<unknown> =>
  ((await here.document("show")) as { unsettled: unknown }).unsettled;

describe("an owed change", () => {
  test("is answered by the call that takes the place of the one that made it", async () => {
    const here = siteIn(temporaryDirectory());
    const lua = (call: string, after: string): string =>
      `local r = ${call}\nprint(r.changed and "restart" or "nothing")\n${after}`;
    const copy = 'file_ops.copy{ content = "a\\n", dest = "HERE/x" }';
    expect(await here.run(lua(copy, 'error("on the way")'))).toMatchObject({ code: 1 });
    const template = 'file_ops.template{ content = "a\\n", dest = "HERE/x" }';
    const again = await here.run(lua(template, ""));
    expect(again.stdout).toContain("restart");
    expect(await unsettled(here)).toBe(0);
    expect((await here.run(lua(template, ""))).stdout).toContain("nothing");
  });

  test("is none where what was refused was never written", async () => {
    const here = siteIn(temporaryDirectory());
    fs.writeFileSync(here.at("x"), "a\n");
    const call = (validate: string): string =>
      `print("changed", file_ops.copy{ content = "b\\n", dest = "HERE/x", validate = "${validate} %s" }.changed)`;
    expect(await here.run(call("false"))).toMatchObject({ code: 1 });
    expect(await unsettled(here)).toBe(0);
    fs.writeFileSync(here.at("x"), "b\n");
    expect((await here.run(call("true"))).stdout).toContain("changed\tfalse");
  });
});

describe("what was refused at first is no trace of the stack", () => {
  test("destroy puts back what came to be there before the first change that was made", async () => {
    const here = siteIn(temporaryDirectory());
    const call = (more: string): string => `file_ops.copy{ content = "managed\\n", dest = "HERE/y"${more} }`;
    expect(await here.run(call(', validate = "false %s"'))).toMatchObject({ code: 1 });
    fs.writeFileSync(here.at("y"), "precious\n");
    expect(await here.run(call(""))).toMatchObject({ code: 0 });
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(here.at("y"), "utf8")).toBe("precious\n");
  });
});

describe("the machine is said to have drifted only where it did", () => {
  const causes = async (runs: readonly string[], between = (_at: (name: string) => string) => {}): Promise<string> => {
    const here = siteIn(temporaryDirectory());
    let last = "";
    for (const lua of runs) {
      last = (await here.run(lua, "--output human")).stdout;
      between(here.at);
    }
    return last;
  };
  const copy = 'file_ops.copy{ content = "a", dest = "HERE/x" }';

  test("not by a property that is stated for the first time", async () => {
    expect(await causes([copy, 'file_ops.copy{ content = "a", dest = "HERE/x", mode = "0600" }'])).not.toMatch(/drift/);
  });

  test("not by what is made and taken away in one run, or of another type after a failure", async () => {
    expect(await causes([`${copy}\nfile_ops.remove{ path = "HERE/x" }`])).not.toMatch(/drift/);
    const refused = 'file_ops.copy{ content = "b", dest = "HERE/x", validate = "false %s" }';
    expect(await causes([copy, refused, 'file_ops.remove{ path = "HERE/x" }'])).not.toMatch(/drift/);
  });

  test("but by what somebody else changed", async () => {
    const edit = (at: (name: string) => string): void => fs.writeFileSync(at("x"), "by hand");
    expect(await causes([copy, copy], edit)).toMatch(/the machine drifted/);
  });
});
