import { expect, test } from "bun:test";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

const CHANGE = 'file_ops.copy{ content = "x", dest = "HERE/x" }';

test("what a workflow prints in a plan is marked as that, line by line; in a run it is passed on as it is", async () => {
  const site = siteIn(temporaryDirectory());
  const lua = `${CHANGE}\nprint("one\\ntwo")\nio.write("th", "ree\\n")`;
  expect((await site.run(lua, "--dry-run")).stdout).toContain("\n(in plan) one\n(in plan) two\n(in plan) three\n");
  expect((await site.run(lua)).stdout).toContain("\none\ntwo\nthree\n");
});

test("what does not answer yet is unknown in a plan that changes something, and a failure in one that does not", async () => {
  const site = siteIn(temporaryDirectory());
  const lua = 'print(http.get{ url = "http://127.0.0.1:1/", timeout = "2s" }.status)';
  const planned = await site.run(`${CHANGE}\n${lua}`, "--dry-run");
  expect(planned).toMatchObject({ code: 0 });
  expect(planned.stdout).toMatch(/http\.get .* \(cannot be predicted: .*, and what may answer there is only planned\)/);
  expect(await site.run(lua, "--dry-run")).toMatchObject({ code: 1 });
});

test("why something cannot be predicted is told once", async () => {
  const site = siteIn(temporaryDirectory());
  const edit = 'file_ops.lineinfile{ path = "HERE/none", line = "x" }';
  const { code, stdout } = await site.run(`exec.run{ cmd = "true" }\n${edit}\n${edit}`, "--dry-run");
  expect(code).toBe(0);
  expect(stdout.match(/is only planned/g)).toHaveLength(1);
  expect(stdout.match(/\(cannot be predicted/g)).toHaveLength(2);
});
