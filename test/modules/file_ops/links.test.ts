import { describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import type { AnyResource } from "../../../src/engine/resource.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { hardlink } from "../../../src/modules/file_ops/hardlink.ts";
import { symlink } from "../../../src/modules/file_ops/symlink.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();
const asRoot = process.geteuid?.() === 0;

async function twice(type: AnyResource, args: ValueObject): Promise<Declared> {
  const first = await declare(type, args, bench);
  expect(await declare(type, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

describe("symlink", () => {
  test("is made, absolute or relative, and led elsewhere when it leads wrong", async () => {
    using directory = temporaryDirectory();
    directory.file("a", "A");
    const src = directory.file("b", "B");
    const dest = directory.file("link");
    expect((await twice(symlink, { src: "a", dest })).action).toBe("create");
    expect(await twice(symlink, { src, dest })).toMatchObject({
      action: "update",
      changes: [{ property: "target", from: "a", to: src }],
    });
    expect(readlinkSync(dest)).toBe(src);
  });

  test("leads nowhere only by force", async () => {
    using directory = temporaryDirectory();
    const args = { src: "nowhere", dest: directory.file("link") };
    expect(declare(symlink, args, bench)).rejects.toThrow("nowhere does not exist");
    await twice(symlink, { ...args, force: true });
    const self = directory.file("self");
    await twice(symlink, { src: "self", dest: self, force: true });
    expect(readlinkSync(self)).toBe("self");
  });

  test("replaces a file or an empty directory only by force, a full one never", async () => {
    using directory = temporaryDirectory();
    directory.file("src", "x");
    directory.file("file", "y");
    mkdirSync(directory.file("empty"));
    mkdirSync(directory.file("full"));
    directory.file("full/file", "z");
    for (const name of ["file", "empty"]) {
      const args = { src: "src", dest: directory.file(name) };
      expect(declare(symlink, args, bench)).rejects.toThrow("not a link");
      expect((await twice(symlink, { ...args, force: true })).action).toBe("update");
    }
    const full = { src: "src", dest: directory.file("full"), force: true };
    expect(declare(symlink, full, bench)).rejects.toThrow("with something in it");
    expect(directory.contents("full/file")).toBe("z");
  });

  test("mode is that of what it leads to", async () => {
    using directory = temporaryDirectory();
    const src = directory.file("src", "x");
    chmodSync(src, 0o644);
    await twice(symlink, { src, dest: directory.file("link"), mode: "0600" });
    expect(statSync(src).mode & 0o777).toBe(0o600);
  });

  test.if(asRoot)("without follow, owner is that of the link", async () => {
    using directory = temporaryDirectory();
    const src = directory.file("src", "x");
    await twice(symlink, { src, dest: directory.file("link"), owner: 1234, follow: false });
    expect([lstatSync(directory.file("link")).uid, lstatSync(src).uid]).toEqual([1234, 0]);
  });
});

describe("hardlink", () => {
  test("is made; another file is replaced only by force", async () => {
    using directory = temporaryDirectory();
    const src = directory.file("src", "x");
    const dest = directory.file("dest");
    expect((await twice(hardlink, { src, dest })).action).toBe("create");
    expect(lstatSync(dest).ino).toBe(lstatSync(src).ino);
    const other = directory.file("other", "y");
    expect(declare(hardlink, { src: other, dest }, bench)).rejects.toThrow("another file");
    expect((await twice(hardlink, { src: other, dest, force: true })).changes).toEqual([
      { property: "hardlink_of", from: null, to: other },
    ]);
    expect(directory.contents("src")).toBe("x");
  });

  test("of what a link leads to", async () => {
    using directory = temporaryDirectory();
    symlinkSync(directory.file("src", "x"), directory.file("link"));
    await twice(hardlink, { src: directory.file("link"), dest: directory.file("dest") });
    expect(lstatSync(directory.file("dest")).isFile()).toBe(true);
  });

  test("a missing src and a directory are refused", () => {
    using directory = temporaryDirectory();
    const dest = directory.file("dest");
    expect(declare(hardlink, { src: directory.file("none"), dest }, bench)).rejects.toThrow("does not exist");
    expect(declare(hardlink, { src: directory.path, dest }, bench)).rejects.toThrow("is a directory");
  });
});
