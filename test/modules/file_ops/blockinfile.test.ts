import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { Secret } from "../../../src/base/value.ts";
import { blockinfile } from "../../../src/modules/file_ops/blockinfile.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { recordedCases } from "./_ansible.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

/**
 * Where Ansible ends a file with a newline though there is no block to remove, fails to remove a block from a file that is not there, takes
 * one of two blocks only, so that the next run takes the other, or takes what stands between a block and an end marker that is alone.
 */
const OTHERWISE = new Set([
  "missing file, absent",
  "twice there, absent",
  ...[12, 33, 40, 61, 70, 86].map((number) => `random ${number}`),
]);

describe("as Ansible's blockinfile", () => {
  for (const recorded of recordedCases("blockinfile.json", OTHERWISE)) {
    test(recorded.name, async () => {
      using directory = temporaryDirectory();
      const path = directory.file("file", recorded.before);
      const args = { ...recorded.args, path };
      if (recorded.changed === null) return expect(declare(blockinfile, args, bench)).rejects.toThrow();
      expect((await declare(blockinfile, args, bench)).changed).toBe(recorded.changed);
      expect(directory.contents("file")).toBe(recorded.after);
      expect((await declare(blockinfile, args, bench)).changed).toBe(false);
      return expect(directory.contents("file")).toBe(recorded.after);
    });
  }
});

test("all blocks go, and nothing is to be removed from a file that is not there", async () => {
  using directory = temporaryDirectory();
  const block = (text: string): string => `# BEGIN ANSIBLE MANAGED BLOCK\n${text}\n# END ANSIBLE MANAGED BLOCK\n`;
  const path = directory.file("file", `a\n${block("1")}b\n${block("2")}c`);
  expect(await declare(blockinfile, { path, state: "absent" }, bench)).toMatchObject({ action: "delete" });
  expect(directory.contents("file")).toBe("a\nb\nc");
  expect((await declare(blockinfile, { path: directory.file("none"), state: "absent" }, bench)).changed).toBe(false);
});

test("a changed block is one update of the property block, a mode counts", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  const args = { path, block: "x", marker: "; {mark} mine", mode: "0600" };
  expect(await declare(blockinfile, args, bench)).toMatchObject({ action: "create", names: [`${path}: ; BEGIN mine`] });
  expect((await declare(blockinfile, { ...args, block: "y" }, bench)).changes).toEqual([
    { property: "block", from: "x\n", to: "y\n" },
  ]);
  chmodSync(path, 0o644);
  expect((await declare(blockinfile, { ...args, block: "y" }, bench)).changes).toEqual([
    { property: "mode", from: "0644", to: "0600" },
  ]);
});

test("a secret block is written, found again, and nowhere else", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  const block = new Secret(new TextEncoder().encode("hunter2"), "secret.env(P)");
  const done = await declare(blockinfile, { path, block, append_newline: true }, bench);
  expect(directory.contents("file")).toContain("\nhunter2\n# END");
  expect((await declare(blockinfile, { path, block, append_newline: true }, bench)).changed).toBe(false);
  expect(JSON.stringify(done)).not.toContain("hunter2");
});

test.each([
  [{ marker: "# mine" }, "must contain {mark}"],
  [{ marker_begin: "x", marker_end: "x" }, "must differ"],
  [{ marker: "a\n{mark}" }, "one line"],
  [{ insertafter: "a", insertbefore: "b" }, "either"],
  [{ insertafter: "a++" }, "possessive"],
])("refuses %p", (args, message) => {
  expect(declare(blockinfile, { path: "/nowhere", block: "x", ...args }, bench)).rejects.toThrow(message);
});
