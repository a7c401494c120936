import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { driftText } from "../../src/report/views/drift.ts";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** Two tasks: three files in a directory, and a line in another file. */
async function site() {
  const made = siteIn(temporaryDirectory());
  await made.run(`
    file_ops.directory{ path = "HERE/d" }
    for _, name in ipairs{ "a", "b", "c" } do file_ops.copy{ content = "x", dest = "HERE/d/" .. name } end
  end }
  task{ name = "lines", run = function()
    file_ops.lineinfile{ path = "HERE/lines", line = "x", create = true }`);
  for (const name of ["d/a", "d/b"]) writeFileSync(made.at(name), "other");
  rmSync(made.at("lines"));
  return made;
}

const addresses = (document: unknown): readonly string[] =>
  (document as { resources: readonly { name: string; address?: string }[] }).resources.map(({ name }) => name);

test("drift in one directory stands under it; what stands alone is told alone", async () => {
  const { stack, at } = await site();
  const { stdout } = await stack("drift");
  expect(stdout).toContain(`in ${at("d")}: 2\n  ~ file:${at("d/a")}: drift`);
  expect(stdout).toContain(`\n- line:${at("lines")}: x: missing`);
});

test("several hosts have a heading each", () => {
  const finding = (host: string, name: string) => ({
    address: `${host}/file:${name}`,
    host,
    type: "file",
    name,
    task: "t",
    kind: "missing" as const,
    properties: [],
    reason: null,
    last_right: null,
    ignored: null,
  });
  const resources = [finding("web1", "/etc/a"), finding("web2", "/etc/a"), finding("web2", "/etc/b")];
  const document = { stack: "s", drifted: 3, ignored: 0, unreadable: 0, unreachable: [], expired_rules: [], resources };
  expect(driftText(document)).toBe(`web1: 1
  - web1/file:/etc/a: missing
web2: 2
  in /etc: 2
    - web2/file:/etc/a: missing
    - web2/file:/etc/b: missing
3 resources: 0 as left, 3 missing
`);
});

test.each(["drift", "resources"])("%s is asked of hosts, kinds and tasks", async (command) => {
  const { document, at } = await site();
  expect(addresses(await document(command, "--kind line"))).toEqual([`${at("lines")}: x`]);
  expect(addresses(await document(command, "--task files"))).toHaveLength(4);
  expect(addresses(await document(command, "--host local --kind file,line --task lines"))).toHaveLength(1);
});

test.each([
  ["--kind fiel", "no resource of this stack has the kind 'fiel'; did you mean 'file'?"],
  ["--host web1", "no resource of this stack has the host 'web1'; there are local"],
  ["--task nope", "no resource of this stack has the task 'nope'; there are"],
])("a name that nothing has is refused: %s", async (flags, said) => {
  const { stack } = await site();
  for (const command of ["drift", "resources"])
    expect(await stack(command, flags)).toMatchObject({ code: 64, stdout: "", stderr: expect.stringContaining(said) });
});

test("--fix puts back only what was chosen", async () => {
  const { stack, document } = await site();
  expect(await stack("drift", "--fix --yes --kind line")).toMatchObject({ code: 0 });
  expect(await document("drift")).toMatchObject({ drifted: 2 });
});
