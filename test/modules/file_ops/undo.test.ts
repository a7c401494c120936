import { describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { AnyResource, Facts } from "../../../src/engine/resource.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { fileOps } from "../../../src/modules/file_ops/index.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

function verb(name: string): AnyResource {
  const type = fileOps.functions.find((each) => each.name === `file_ops.${name}`);
  if (type?.form !== "resource") throw new Error(name);
  return type;
}

/** Declares, then undoes what is recorded of it in reverse order, as destroy does. */
async function undo(name: string, args: ValueObject, between: () => void = () => undefined): Promise<void> {
  const type = verb(name);
  const { wants } = await declare(type, args, bench);
  between();
  const system = bench.machine.writer({ signal: new AbortController().signal });
  for (const want of wants.toReversed()) {
    const actual: Facts | null = await type.read(want, system);
    if (actual !== null) await type.undo?.remove?.(want, actual, system);
  }
}

describe("destroy takes away what was made", () => {
  test("a file, a link, a second name, an empty directory", async () => {
    using directory = temporaryDirectory();
    const at = (name: string): string => directory.file(name);
    directory.file("src", "x");
    await undo("copy", { content: "x", dest: at("a") });
    await undo("template", { content: "x", dest: at("a") });
    await undo("symlink", { src: "src", dest: at("a") });
    await undo("hardlink", { src: at("src"), dest: at("a") });
    await undo("touch", { path: at("a") });
    await undo("directory", { path: at("a") });
    expect(readdirSync(directory.path)).toEqual(["src"]);
  });

  test("a directory only when it is empty", async () => {
    using directory = temporaryDirectory();
    await undo("directory", { path: directory.file("d") }, () => writeFileSync(directory.file("d/theirs"), "x"));
    expect(directory.contents("d/theirs")).toBe("x");
  });

  test("a copied tree, but not what was put into it besides", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("src/sub"), { recursive: true });
    directory.file("src/sub/file", "x");
    await undo("copy", { src: directory.file("src"), dest: directory.file("all") });
    expect(lstatSync(directory.file("all"), { throwIfNoEntry: false })?.isDirectory()).toBe(undefined);
    await undo("copy", { src: directory.file("src"), dest: directory.file("some") }, () => {
      writeFileSync(directory.file("some/src/theirs"), "x");
    });
    expect(readdirSync(directory.file("some/src"))).toEqual(["theirs"]);
  });

  test("a line and a block, and nothing else of the file", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "a\nb\n");
    await undo("lineinfile", { path, line: "one\ntwo", insertafter: "^a" });
    expect(directory.contents("file")).toBe("a\nb\n");
    await undo("blockinfile", { path, block: "x", insertafter: "^a" });
    expect(directory.contents("file")).toBe("a\nb\n");
  });

  test("what was unpacked, but not what was changed since", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("t"));
    directory.file("t/one", "1");
    directory.file("t/two", "2");
    Bun.spawnSync(["tar", "-cf", directory.file("t.tar"), "-C", directory.path, "t"]);
    mkdirSync(directory.file("dest"));
    await undo("unarchive", { src: directory.file("t.tar"), dest: directory.file("dest") }, () => {
      writeFileSync(directory.file("dest/t/two"), "by hand");
    });
    expect(readdirSync(directory.file("dest/t"))).toEqual(["two"]);
  });
});

describe("in plan, what an earlier command may make is unknown, not wrong", () => {
  test.each([
    ["remove", { path: "/nowhere/file" }],
    ["lineinfile", { path: "/nowhere/file", line: "x", state: "absent" }],
    ["blockinfile", { path: "/nowhere/file", block: "x", state: "absent" }],
  ] as const)("%s of a file that is not there", async (name, args) => {
    expect(await declare(verb(name), args, benchOf("plan"))).toMatchObject({ action: "none", unknown: undefined });
    const planned = benchOf("plan");
    planned.machine.noteUnknown("package nginx is only predicted");
    expect((await declare(verb(name), args, planned)).unknown).toBe("package nginx is only predicted");
    expect(await declare(verb(name), args, benchOf())).toMatchObject({ action: "none" });
  });

  const CASES: Readonly<Record<string, ValueObject>> = {
    lineinfile: { path: "/nowhere/file", line: "x" },
    blockinfile: { path: "/nowhere/file", block: "x" },
    replace: { path: "/nowhere/file", regexp: "x" },
    attributes: { path: "/nowhere/file", mode: "0644" },
    symlink: { src: "/nowhere/file", dest: "/nowhere/link" },
    hardlink: { src: "/nowhere/file", dest: "/nowhere/link" },
    copy: { content: "x", dest: "/nowhere/file" },
    touch: { path: "/nowhere/file" },
  };
  for (const [name, args] of Object.entries(CASES)) {
    test(name, async () => {
      expect(declare(verb(name), args, benchOf("plan"))).rejects.toMatchObject({ code: "E_NOT_FOUND" });
      const planned = benchOf("plan");
      planned.machine.noteUnknown("exec.run make install is not run in plan");
      expect((await declare(verb(name), args, planned)).unknown).toBeDefined();
    });
  }
});
