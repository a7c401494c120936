import { expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { remove } from "../../../src/modules/file_ops/remove.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

test("removes a file, a dangling link, a tree; then has nothing left to do", async () => {
  using directory = temporaryDirectory();
  directory.file("file", "x");
  symlinkSync("nowhere", directory.file("dangling"));
  mkdirSync(directory.file("tree/sub"), { recursive: true });
  directory.file("tree/sub/file", "x");
  for (const name of ["file", "dangling", "tree"]) {
    const path = directory.file(name);
    expect(await declare(remove, { path }, bench)).toMatchObject({ action: "delete", names: [path] });
    expect(await declare(remove, { path }, bench)).toMatchObject({ action: "none", changed: false });
    expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
  }
});

test("of a link to a tree only the link goes", async () => {
  using directory = temporaryDirectory();
  mkdirSync(directory.file("tree"));
  directory.file("tree/file", "x");
  symlinkSync("tree", directory.file("link"));
  symlinkSync("../tree", directory.file("tree/self"));
  await declare(remove, { path: directory.file("link") }, bench);
  expect([existsSync(directory.file("link")), directory.contents("tree/file")]).toEqual([false, "x"]);
});

for (const path of ["/", "/etc", "/usr/", "/etc/../etc", "//usr/bin", "/var/lib"]) {
  test(`refuses ${path}`, async () => {
    expect(declare(remove, { path }, bench)).rejects.toThrow("never removed");
  });
}
