import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { siteIn, type Site } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeLines } from "../support/tree-digest.ts";

interface Case {
  /** What is there before. */
  readonly there?: (at: Site["at"]) => void;
  readonly lua: string;
}

const file =
  (name: string, text: string, mode = 0o644) =>
  (at: Site["at"]) =>
    fs.writeFileSync(at(`w/${name}`), text, { mode });
const all =
  (...steps: readonly ((at: Site["at"]) => void)[]) =>
  (at: Site["at"]) =>
    steps.forEach((step) => step(at));
const directory =
  (name: string, mode = 0o755) =>
  (at: Site["at"]) =>
    fs.mkdirSync(at(`w/${name}`), { mode });
const link = (target: string, name: string) => (at: Site["at"]) => fs.symlinkSync(target, at(`w/${name}`));

/** Each over something that is there. */
const CASES: Readonly<Record<string, Case>> = {
  "a second name in place of another file": {
    there: all(file("src", "source\n", 0o600), file("dest", "other\n", 0o640)),
    lua: 'file_ops.hardlink{ src = "HERE/w/src", dest = "HERE/w/dest", force = true }',
  },
  "writing through a link": {
    there: all(file("real", "old\n", 0o600), link("real", "l")),
    lua: 'fs.write{ path = "HERE/w/l", content = "new\\n" }',
  },
  "a copy that follows": {
    there: all(file("real", "old\n", 0o600), link("real", "l")),
    lua: 'file_ops.copy{ content = "new\\n", dest = "HERE/w/l", follow = true, mode = "0644" }',
  },
  "a template that follows": {
    there: all(file("real", "old\n"), link("real", "l")),
    lua: 'file_ops.template{ content = "new\\n", dest = "HERE/w/l", follow = true }',
  },
  "a copy that takes a link's place": {
    there: all(file("real", "old\n"), link("real", "l")),
    lua: 'file_ops.copy{ content = "new\\n", dest = "HERE/w/l" }',
  },
  "a line with a mode": {
    there: file("conf", "a=1\n", 0o600),
    lua: 'file_ops.lineinfile{ path = "HERE/w/conf", line = "b=2", mode = "0644" }',
  },
  "a line through a link": {
    there: all(file("conf", "a=1\n", 0o600), link("conf", "l")),
    lua: 'file_ops.lineinfile{ path = "HERE/w/l", line = "b=2", mode = "0644" }',
  },
  "a block with a mode": {
    there: file("conf", "a=1\n", 0o600),
    lua: 'file_ops.blockinfile{ path = "HERE/w/conf", block = "b=2", mode = "0644" }',
  },
  "a replacement with a mode": {
    there: file("conf", "a=1\n", 0o600),
    lua: 'file_ops.replace{ path = "HERE/w/conf", regexp = "1", replacement = "2", mode = "0644" }',
  },
  "a mode alone, of a file that has the line": {
    there: file("conf", "a=1\n", 0o600),
    lua: 'file_ops.lineinfile{ path = "HERE/w/conf", line = "a=1", mode = "0644" }',
  },
  "a directory with all below": {
    there: all(directory("d"), file("d/a", "a", 0o600), directory("d/e", 0o700), file("d/e/b", "b", 0o755)),
    lua: 'file_ops.directory{ path = "HERE/w/d", mode = "0750", recurse = true }',
  },
  "attributes of all below": {
    there: all(directory("d"), file("d/a", "a", 0o600), directory("d/e", 0o700), link("a", "d/l")),
    lua: 'file_ops.attributes{ path = "HERE/w/d", mode = "u=rwX,go=", recurse = true }',
  },
  "attributes through a link": {
    there: all(file("real", "old\n", 0o600), link("real", "l")),
    lua: 'file_ops.attributes{ path = "HERE/w/l", mode = "0644" }',
  },
  "a directory through a link": {
    there: all(directory("real", 0o700), link("real", "l")),
    lua: 'file_ops.directory{ path = "HERE/w/l", mode = "0755" }',
  },
  "directories made on the way": {
    lua: 'file_ops.directory{ path = "HERE/w/a/b/c" }\nfile_ops.copy{ content = "x", dest = "HERE/w/a/b/x" }',
  },
  "a tree that is copied": {
    lua: 'file_ops.copy{ src = "HERE/source/", dest = "HERE/w/p/q", directory_mode = "0750" }',
  },
  "a link in place of an empty directory": {
    there: directory("d", 0o750),
    lua: 'file_ops.symlink{ src = "HERE/w", dest = "HERE/w/d", force = true }',
  },
  "a link in place of a file": {
    there: file("d", "text\n", 0o640),
    lua: 'file_ops.symlink{ src = "HERE/w", dest = "HERE/w/d", force = true }',
  },
  "a link whose end has a mode": {
    there: all(file("real", "x", 0o600), link("other", "l")),
    lua: 'file_ops.symlink{ src = "real", dest = "HERE/w/l", mode = "0644" }',
  },
  "an empty directory removed": {
    there: directory("d", 0o700),
    lua: 'file_ops.remove{ path = "HERE/w/d" }',
  },
  "a link removed": { there: link("nowhere", "l"), lua: 'file_ops.remove{ path = "HERE/w/l" }' },
  "an archive over what is there": {
    there: file("one", "mine\n", 0o600),
    lua: 'file_ops.unarchive{ src = "HERE/a.tar", dest = "HERE/w" }',
  },
};

function siteWith({ there }: Case): Site {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  fs.mkdirSync(here.at("source/deep"), { recursive: true });
  fs.writeFileSync(here.at("source/deep/f"), "deep\n");
  fs.writeFileSync(here.at("source/one"), "one\n");
  Bun.spawnSync(["tar", "-cf", here.at("a.tar"), "-C", here.at("source"), "one", "deep"]);
  there?.(here.at);
  return here;
}

const names = Object.keys(CASES);
const caseOf = (name: string): Case => CASES[name] ?? { lua: "" };

describe("destroy leaves the tree as it was before", () => {
  test.each(names)("%s", async (name) => {
    const { lua } = caseOf(name);
    const here = siteWith(caseOf(name));
    const before = treeLines(here.at("w"));
    expect(await here.run(lua)).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).not.toEqual(before);
    expect(await here.run(lua)).toMatchObject({ code: 0, stdout: expect.not.stringContaining("updated") });
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(before);
    expect((await here.stack("destroy", "--yes")).stdout).toMatch(/^no resources/);
  });
});

describe("rollback to a run before leaves the tree as it was, and no drift", () => {
  test.each(names)("%s", async (name) => {
    const { lua } = caseOf(name);
    const here = siteWith(caseOf(name));
    const before = treeLines(here.at("w"));
    const first = 'file_ops.copy{ content = "x", dest = "HERE/other" }';
    expect(await here.run(first)).toMatchObject({ code: 0 });
    expect(await here.run(`${first}\n${lua}`)).toMatchObject({ code: 0 });
    const after = treeLines(here.at("w"));
    expect(await here.stack("rollback", "--to 1 --yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(before);
    expect(await here.document("drift")).toMatchObject({ drifted: 0 });
    expect(await here.stack("rollback", "--to 2 --yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(after);
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect(treeLines(here.at("w"))).toEqual(before);
  });
});
