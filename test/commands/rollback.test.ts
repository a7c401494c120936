import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as fs from "node:fs";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeLines } from "../support/tree-digest.ts";

const copy = (content: string) => `file_ops.copy{ content = "${content}", dest = "HERE/w/a" }`;

describe("rollback", () => {
  test("shows its plan, asks, puts back, owes what it changed to the next run, and is in the history", async () => {
    const site = siteIn(temporaryDirectory());
    fs.mkdirSync(site.at("w"));
    await site.run(copy("one"));
    await site.run(`${copy("two")}\nexec.run{ cmd = "true" }`);
    const dry = await site.stack("rollback", "--to 1 --dry-run");
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 command was run since; what that did is not undone/),
    });
    expect(await site.stack("rollback", "--to 1")).toMatchObject({ code: 64 });
    expect(await site.stack("rollback", "--to 1", "no")).toMatchObject({ code: 1 });
    expect(fs.readFileSync(site.at("w/a"), "utf8")).toBe("two");
    expect(await site.stack("rollback", "--to 1", "y")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(site.at("w/a"), "utf8")).toBe("one");
    expect(await site.document("drift")).toMatchObject({ drifted: 0 });
    expect((await site.run(copy("one"))).stdout).toContain("told again");
    expect(await site.stack("rollback", "--to 2 --yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(site.at("w/a"), "utf8")).toBe("two");
    fs.writeFileSync(site.at("w/a"), "by hand");
    expect(await site.stack("drift", "--fix --yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(site.at("w/a"), "utf8")).toBe("two");
    expect(await site.stack("verify")).toMatchObject({ code: 0 });
  });

  test("to a run that changed nothing puts back what it found right, not what somebody made of it after", async () => {
    const site = siteIn(temporaryDirectory());
    fs.mkdirSync(site.at("w"));
    fs.writeFileSync(site.at("w/a"), "one");
    await site.run(copy("one"));
    fs.writeFileSync(site.at("w/a"), "by hand");
    await site.run(copy("one"));
    await site.run(copy("two"));
    expect(await site.stack("rollback", "--to 1 --yes")).toMatchObject({ code: 0 });
    expect(fs.readFileSync(site.at("w/a"), "utf8")).toBe("one");
  });

  test("to a run that is not there is refused, and what cannot be put back is said", async () => {
    const site = siteIn(temporaryDirectory());
    fs.mkdirSync(site.at("w"));
    const large = (letter: string) =>
      `file_ops.copy{ content = ("${letter}"):rep(5 * 1024 * 1024), dest = "HERE/w/large" }`;
    await site.run(large("a"));
    await site.run(`${large("b")}\n${copy("x")}`);
    expect(await site.stack("rollback", "--to 9")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no run 9/),
    });
    expect(await site.stack("rollback", "")).toMatchObject({ code: 64 });
    const ran = await site.stack("rollback", "--to 1 --yes");
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/large: its contents are not kept/) });
    expect(fs.existsSync(site.at("w/a"))).toBe(false);
  });
});

/** Declarations of a few paths that do not fight each other. */
const words = fc.constantFrom("alpha", "beta", "gamma");
const modes = fc.constantFrom("0600", "0644", "0640");
const declaration = fc.oneof(
  fc.record({ name: fc.constantFrom("f1", "f2", "d/f3"), word: words, mode: modes }).map(({ name, word, mode }) => ({
    path: name,
    lua: `file_ops.copy{ content = "${word}\\n", dest = "HERE/w/${name}", mode = "${mode}" }`,
  })),
  fc
    .constantFrom("f1", "f2", "d/f3", "l")
    .map((name) => ({ path: name, lua: `file_ops.remove{ path = "HERE/w/${name}" }` })),
  words.map((word) => ({ path: "l", lua: `file_ops.symlink{ src = "${word}", dest = "HERE/w/l", force = true }` })),
  modes.map((mode) => ({
    path: "d2",
    lua: `file_ops.directory{ path = "HERE/w/d2", mode = "${mode.replace("0", "07")}" }`,
  })),
  words.map((word) => ({
    path: "conf#x",
    lua: `file_ops.lineinfile{ path = "HERE/w/conf", line = "x=${word}", regexp = "^x=" }`,
  })),
  words.map((word) => ({ path: "conf#b", lua: `file_ops.blockinfile{ path = "HERE/w/conf", block = "${word}" }` })),
  words.map((word) => ({
    path: "fresh",
    lua: `file_ops.lineinfile{ path = "HERE/w/fresh", line = "${word}", create = true, regexp = "^." }`,
  })),
);
const workflow = fc.uniqueArray(declaration, { selector: ({ path }) => path, minLength: 1, maxLength: 7 });

/** By hand, to what the stack keeps: never to what it does not know. */
const byHand = fc
  .record({
    path: fc.constantFrom("f1", "f2", "d/f3", "l", "conf", "fresh"),
    how: fc.constantFrom("write", "remove", "chmod"),
  })
  .filter(({ path, how }) => how !== "chmod" || /f\d$/.test(path)); // modes of the others are not the stack's

function edit(path: string, how: string): void {
  if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  if (how === "remove") return fs.rmSync(path);
  if (fs.lstatSync(path).isSymbolicLink()) return;
  if (how === "write") fs.writeFileSync(path, "by hand\n");
  else fs.chmodSync(path, 0o666);
}

test("random workflows, random edits by hand, then a rollback: the tree is that of the chosen run", async () => {
  const property = fc.asyncProperty(
    fc.array(workflow, { minLength: 2, maxLength: 4 }),
    fc.array(byHand, { maxLength: 3 }),
    fc.nat(),
    async (workflows, edits, chosen) => {
      const site = siteIn(temporaryDirectory());
      fs.mkdirSync(site.at("w/d"), { recursive: true });
      fs.writeFileSync(site.at("w/conf"), "first\nx=0\nlast\n");
      fs.writeFileSync(site.at("w/f1"), "was here\n", { mode: 0o600 });
      const trees: (readonly string[])[] = [];
      for (const declared of workflows) {
        const ran = await site.run(declared.map(({ lua }) => lua).join("\n"));
        expect(ran).toMatchObject({ code: 0 });
        trees.push(treeLines(site.at("w")));
      }
      const touched = new Set(workflows.flat().map(({ path }) => path.replace(/#.*/, "")));
      for (const { path, how } of edits) if (touched.has(path)) edit(site.at(`w/${path}`), how);
      const to = (chosen % trees.length) + 1;
      const ran = await site.stack("rollback", `--to ${to} --yes`);
      expect(ran).toMatchObject({ code: 0 });
      expect(treeLines(site.at("w"))).toEqual([...(trees[to - 1] ?? [])]);
      expect(await site.document("drift")).toMatchObject({ drifted: 0 });
      expect(await site.stack("verify")).toMatchObject({ code: 0 });
    },
  );
  await fc.assert(property, { numRuns: 15 });
}, 120_000);
