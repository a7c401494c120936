import { expect, test } from "bun:test";
import * as fs from "node:fs";
import { siteIn, type Site } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeLines } from "../support/tree-digest.ts";

/** A directory `real` with a file in it, and a link `l` to it. */
function linked(): Site {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w/real"), { recursive: true });
  fs.symlinkSync("real", here.at("w/l"));
  fs.writeFileSync(here.at("w/real/x"), "mine\n", { mode: 0o600 });
  return here;
}

test("one thing by two paths: destroy puts back what was there before the first of them", async () => {
  const here = linked();
  const before = treeLines(here.at("w"));
  const lua = `
    file_ops.copy{ content = "by the link\\n", dest = "HERE/w/l/x", mode = "0644" }
    file_ops.copy{ content = "new\\n", dest = "HERE/w/l/y" }
    file_ops.remove{ path = "HERE/w/real/y" }
    file_ops.copy{ content = "by the path\\n", dest = "HERE/w/real/x" }`;
  expect(await here.run(lua)).toMatchObject({ code: 0 });
  expect(fs.readFileSync(here.at("w/real/x"), "utf8")).toBe("by the path\n");
  expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
  expect(treeLines(here.at("w"))).toEqual(before);
});

test("what was written through a link is put back where it was, wherever that link leads now", async () => {
  const here = linked();
  const before = treeLines(here.at("w"));
  expect(await here.run('file_ops.copy{ content = "new\\n", dest = "HERE/w/l/x" }')).toMatchObject({ code: 0 });
  fs.mkdirSync(here.at("w/other"));
  fs.writeFileSync(here.at("w/other/x"), "another\n");
  fs.rmSync(here.at("w/l"));
  fs.symlinkSync("other", here.at("w/l"));
  expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
  expect(fs.readFileSync(here.at("w/other/x"), "utf8")).toBe("another\n");
  fs.rmSync(here.at("w/other"), { recursive: true });
  fs.rmSync(here.at("w/l"));
  fs.symlinkSync("real", here.at("w/l"));
  expect(treeLines(here.at("w"))).toEqual(before);
});

test("--prune takes what was made through a linked directory", async () => {
  const here = linked();
  const before = treeLines(here.at("w"));
  await here.run('file_ops.copy{ content = "new\\n", dest = "HERE/w/l/y" }');
  expect(await here.run("", "--prune --yes")).toMatchObject({ code: 0 });
  expect(treeLines(here.at("w"))).toEqual(before);
});

test("--prune takes the directories made on the way along, but none in which something stays", async () => {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  const line = (name: string): string => `file_ops.lineinfile{ path = "HERE/w/${name}", line = "x", create = true }`;
  await here.run(`${line("a/b/one")} ${line("a/c/two")}`);
  expect(await here.run(line("a/c/two"), "--prune --yes")).toMatchObject({ code: 0 });
  expect(fs.readdirSync(here.at("w/a"))).toEqual(["c"]);
  expect(await here.run("", "--prune --yes")).toMatchObject({ code: 0 });
  expect(fs.readdirSync(here.at("w"))).toEqual([]);
});

test("a rollback knows that what was in a directory went with it", async () => {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  const made = 'file_ops.directory{ path = "HERE/w/d/e" } file_ops.copy{ content = "x", dest = "HERE/w/d/e/f" }';
  await here.run(`${made} file_ops.remove{ path = "HERE/w/d" }`);
  const then = treeLines(here.at("w"));
  await here.run('file_ops.copy{ content = "x", dest = "HERE/w/d" }');
  expect(await here.stack("rollback", "--to 1 --yes")).toMatchObject({ code: 0 });
  expect(treeLines(here.at("w"))).toEqual(then);
});

test("what was in a directory that was removed is missed, also where there is one again", async () => {
  for (const words of ["rollback --to 1", "destroy"]) {
    const here = siteIn(temporaryDirectory());
    fs.mkdirSync(here.at("w/d"), { recursive: true });
    fs.writeFileSync(here.at("w/d/x"), "mine\n");
    await here.run('file_ops.copy{ content = "one", dest = "HERE/w/a" }');
    await here.run('file_ops.remove{ path = "HERE/w/d" }');
    await here.run(
      'file_ops.copy{ content = "two", dest = "HERE/w/d/x", directory_mode = "0755" }\nfile_ops.directory{ path = "HERE/w/d" }',
    );
    const [verb = "", ...flags] = words.split(" ");
    expect(await here.stack(verb, [...flags, "--yes"].join(" "))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`file:${here.at("w/d")}: what was in the directory is not kept in the record`),
    });
  }
});

test("a mode that was given by a second name of a file is put back", async () => {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  fs.writeFileSync(here.at("w/a"), "mine\n", { mode: 0o600 });
  const before = treeLines(here.at("w"));
  await here.run('file_ops.hardlink{ src = "HERE/w/a", dest = "HERE/w/b" }');
  const linked = treeLines(here.at("w"));
  await here.run('file_ops.attributes{ path = "HERE/w/b", mode = "0644" }');
  expect(await here.stack("rollback", "--to 1 --yes")).toMatchObject({ code: 0 });
  expect(treeLines(here.at("w"))).toEqual(linked);
  await here.run(
    'file_ops.hardlink{ src = "HERE/w/a", dest = "HERE/w/b" }\nfile_ops.attributes{ path = "HERE/w/b", mode = "0640" }',
  );
  expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
  expect(treeLines(here.at("w"))).toEqual(before);
});

test("a mode that others gave it is left alone, and named", async () => {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  fs.writeFileSync(here.at("w/a"), "mine\n", { mode: 0o600 });
  await here.run('file_ops.hardlink{ src = "HERE/w/a", dest = "HERE/w/b" }');
  fs.chmodSync(here.at("w/a"), 0o664);
  expect(await here.stack("destroy", "--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`file:${here.at("w/a")}: changed since it was written (mode)`),
  });
  expect(fs.statSync(here.at("w/a")).mode & 0o777).toBe(0o664);
});
