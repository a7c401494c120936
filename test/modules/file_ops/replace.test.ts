import { describe, expect, test } from "bun:test";
import { Secret } from "../../../src/base/value.ts";
import { replace } from "../../../src/modules/file_ops/replace.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { recordedCases } from "./_ansible.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

describe("as Ansible's replace", () => {
  for (const recorded of recordedCases("replace.json", new Set())) {
    test(recorded.name, async () => {
      using directory = temporaryDirectory();
      const path = directory.file("file", recorded.before);
      const { replace: replacement, ...rest } = recorded.args;
      const args = { ...rest, ...(replacement !== undefined && { replacement }), path };
      if (recorded.changed === null) return expect(declare(replace, args, bench)).rejects.toThrow();
      if (recorded.again) return expect(declare(replace, args, bench)).rejects.toThrow("every run would change");
      expect((await declare(replace, args, bench)).changed).toBe(recorded.changed);
      expect(directory.contents("file")).toBe(recorded.after);
      expect((await declare(replace, args, bench)).changed).toBe(false);
      return expect(directory.contents("file")).toBe(recorded.after);
    });
  }
});

test("tells how many places are left, and keeps every other byte", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "\xff a\r\nb a");
  const done = await declare(replace, { path, regexp: "a", replacement: "c" }, bench);
  expect(done).toMatchObject({
    action: "update",
    changes: [{ property: "unreplaced", from: 2, to: 0 }],
    names: [`${path}: a`],
  });
  expect(directory.contents("file")).toBe("\xff c\r\nb c");
});

test("what would be replaced again in every run is refused before it is written", () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "a\n");
  expect(declare(replace, { path, regexp: "a", replacement: "aa" }, bench)).rejects.toThrow("every run would change");
  expect(directory.contents("file")).toBe("a\n");
});

test("a secret replacement is written, and nowhere else", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "p=old\n");
  const args = { path, regexp: "(?<=^p=).*", replacement: new Secret(new TextEncoder().encode("hunter2"), "s") };
  const done = await declare(replace, args, bench);
  expect(directory.contents("file")).toBe("p=hunter2\n");
  expect((await declare(replace, args, bench)).changed).toBe(false);
  expect(JSON.stringify(done)).not.toContain("hunter2");
});
