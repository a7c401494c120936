import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { Secret } from "../../../src/base/value.ts";
import { lineinfile } from "../../../src/modules/file_ops/lineinfile.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { recordedCases } from "./_ansible.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

/**
 * Where Ansible replaces one more match of a regexp although the line, which the regexp does not find, stands already: run after run it
 * would eat the file. Here the line, once there, counts. 218: Ansible leaves a line's CRLF only on this one path.
 */
const OTHERWISE = new Set([50, 118, 128, 137, 207, 218].map((number) => `random ${number}`));

describe("as Ansible's lineinfile", () => {
  for (const recorded of recordedCases("lineinfile.json", OTHERWISE)) {
    test(recorded.name, async () => {
      using directory = temporaryDirectory();
      const path = directory.file("file", recorded.before);
      const args = { ...recorded.args, path };
      if (recorded.changed === null) return expect(declare(lineinfile, args, bench)).rejects.toThrow();
      expect((await declare(lineinfile, args, bench)).changed).toBe(recorded.changed);
      expect(directory.contents("file")).toBe(recorded.after);
      expect((await declare(lineinfile, args, bench)).changed).toBe(false);
      return expect(directory.contents("file")).toBe(recorded.after);
    });
  }
});

test("a changed line is one update of the property line", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a=1\nb=2\n");
  expect(await declare(lineinfile, { path, line: "a=3", regexp: "^a=" }, bench)).toMatchObject({
    action: "update",
    changes: [{ property: "line", from: "a=1", to: "a=3" }],
    names: [`${path}: ^a=`],
  });
});

test("a new line is created, one removed is deleted", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  expect(await declare(lineinfile, { path, line: "b" }, bench)).toMatchObject({
    action: "create",
    changes: [{ property: "line", from: null, to: "b" }],
  });
  expect(await declare(lineinfile, { path, line: "a", state: "absent" }, bench)).toMatchObject({ action: "delete" });
  expect(directory.contents("file")).toBe("b\n");
});

test("several lines given as one are kept together, once", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  const args = { path, line: "b\nc\n" };
  expect((await declare(lineinfile, args, bench)).changed).toBe(true);
  expect((await declare(lineinfile, args, bench)).changed).toBe(false);
  expect(directory.contents("file")).toBe("a\nb\nc\n");
  expect((await declare(lineinfile, { ...args, state: "absent" }, bench)).changed).toBe(true);
  expect(directory.contents("file")).toBe("a\n");
});

test("mode counts, is seen when changed by hand, and is kept when only the line changes", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  const args = { path, line: "b", mode: "0600" };
  await declare(lineinfile, args, bench);
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  chmodSync(path, 0o640);
  expect((await declare(lineinfile, args, bench)).changes).toEqual([{ property: "mode", from: "0640", to: "0600" }]);
  chmodSync(path, 0o640);
  await declare(lineinfile, { path, line: "c" }, bench);
  expect(statSync(path).mode & 0o7777).toBe(0o640);
});

test("a link is followed, and stays a link", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  symlinkSync(path, directory.file("link"));
  await declare(lineinfile, { path: directory.file("link"), line: "b" }, bench);
  expect(directory.contents("file")).toBe("a\nb\n");
});

describe("a secret line", () => {
  const line = new Secret(new TextEncoder().encode("password=hunter2"), "secret.env(PASSWORD)");

  test("is written, found again, replaced when it differs, and never in what is recorded or shown", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "a\npassword=old\n");
    const first = await declare(lineinfile, { path, line, regexp: "^password=" }, bench);
    expect(first.changed).toBe(true);
    expect(directory.contents("file")).toBe("a\npassword=hunter2\n");
    const again = await declare(lineinfile, { path, line, regexp: "^password=" }, bench);
    expect(again.changed).toBe(false);
    expect(JSON.stringify([first, again])).not.toMatch(/hunter2|old/);
  });

  test("without a regexp stands in the address as a keyed digest", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "a\n");
    const { names } = await declare(lineinfile, { path, line }, bench);
    expect(names[0]).toMatch(/: keyed:[0-9a-f]{12}$/);
    expect((await declare(lineinfile, { path, line: "a", sensitive: true }, bench)).names[0]).toMatch(/: keyed:/);
  });
});

test("validate that fails leaves the old file", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  const validate = ["grep", "-q", "^never", "%s"];
  expect(declare(lineinfile, { path, line: "b", validate }, bench)).rejects.toThrow("validation");
  expect(readFileSync(path, "utf8")).toBe("a\n");
});

describe("refuses", () => {
  const cases: Record<string, [object, string]> = {
    "both insertafter and insertbefore": [{ line: "a", insertafter: "EOF", insertbefore: "BOF" }, "insertbefore"],
    "backrefs without regexp": [{ line: "a", backrefs: true }, "'backrefs' needs 'regexp'"],
    "an empty regexp": [{ line: "a", regexp: "" }, "would find every line"],
    "a foreign regexp": [{ line: "a", regexp: "a++" }, "possessive"],
    "no line": [{}, "'line' is missing"],
    "nothing to remove": [{ state: "absent" }, "needs 'line'"],
  };
  for (const [name, [args, message]] of Object.entries(cases)) {
    test(name, async () => {
      using directory = temporaryDirectory();
      const path = directory.file("file", "a\n");
      expect(declare(lineinfile, { path, ...args }, bench)).rejects.toThrow(message);
      expect(directory.contents("file")).toBe("a\n");
    });
  }
});
