import { describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import type { ValueObject } from "../../../src/base/value.ts";
import { directory } from "../../../src/modules/file_ops/directory.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8).padStart(4, "0");
}

async function twice(args: ValueObject): Promise<Declared> {
  const first = await declare(directory, args, bench);
  expect(await declare(directory, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

test("makes a directory and those missing above it, each with its mode", async () => {
  using temporary = temporaryDirectory();
  const path = temporary.file("a/b/c");
  expect((await twice({ path, mode: "0750" })).action).toBe("create");
  expect(["a", "a/b", "a/b/c"].map((name) => modeOf(temporary.file(name)))).toEqual(["0750", "0750", "0750"]);
});

test("a mode changed by hand is put back, what is in it stays", async () => {
  using temporary = temporaryDirectory();
  const path = temporary.file("d");
  await declare(directory, { path, mode: "0755" }, bench);
  chmodSync(path, 0o777);
  temporary.file("d/file", "x");
  expect((await declare(directory, { path, mode: "0755" }, bench)).changes).toEqual([
    { property: "mode", from: "0777", to: "0755" },
  ]);
  expect(temporary.contents("d/file")).toBe("x");
});

test("inherits set-gid from the directory above, and keeps it under a symbolic mode", async () => {
  using temporary = temporaryDirectory();
  chmodSync(temporary.path, 0o2775);
  await twice({ path: temporary.file("plain") });
  await twice({ path: temporary.file("symbolic"), mode: "o-rx" });
  await twice({ path: temporary.file("octal"), mode: "0755" });
  const modes = ["plain", "symbolic", "octal"].map((name) => modeOf(temporary.file(name)));
  expect(modes).toEqual(["2755", "2750", "0755"]);
});

describe("recurse", () => {
  test("gives mode to all below, counts what differs, and does not leave the tree through a link", async () => {
    using temporary = temporaryDirectory();
    mkdirSync(temporary.file("d/sub"), { recursive: true });
    chmodSync(temporary.file("outside", "x"), 0o644);
    chmodSync(temporary.file("d/file", "x"), 0o600);
    symlinkSync("../outside", temporary.file("d/link"));
    const args = { path: temporary.file("d"), mode: "a=rX,u+w", recurse: true };
    expect((await twice(args)).changes).toEqual([{ property: "differing", from: 1, to: 0 }]);
    expect([
      modeOf(temporary.file("d/file")),
      modeOf(temporary.file("d/sub")),
      modeOf(temporary.file("outside")),
    ]).toEqual(["0644", "0755", "0644"]);
    chmodSync(temporary.file("d/file"), 0o755);
    chmodSync(temporary.file("outside"), 0o666);
    expect((await declare(directory, { ...args, mode: "u=rw,go=r" }, bench)).changed).toBe(true);
    expect(modeOf(temporary.file("outside"))).toBe("0666");
  });

  test("of a directory that is not there yet", async () => {
    using temporary = temporaryDirectory();
    expect((await twice({ path: temporary.file("d"), mode: "0700", recurse: true })).action).toBe("create");
  });
});

test("a link to a directory is one; a dangling link, a file in its place are refused", async () => {
  using temporary = temporaryDirectory();
  mkdirSync(temporary.file("real"));
  symlinkSync("real", temporary.file("link"));
  await twice({ path: temporary.file("link"), mode: "0711" });
  expect(modeOf(temporary.file("real"))).toBe("0711");
  symlinkSync("nowhere", temporary.file("dangling"));
  expect(declare(directory, { path: temporary.file("dangling") }, bench)).rejects.toThrow("a link that leads to none");
  expect(declare(directory, { path: temporary.file("file", "") }, bench)).rejects.toThrow("is a file, not a directory");
});
