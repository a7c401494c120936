import { describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
import type { AnyResource } from "../../../src/engine/resource.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { attributes } from "../../../src/modules/file_ops/attributes.ts";
import { fetch } from "../../../src/modules/file_ops/fetch.ts";
import { touch } from "../../../src/modules/file_ops/touch.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();
const asRoot = process.geteuid?.() === 0;

async function twice(type: AnyResource, args: ValueObject): Promise<Declared> {
  const first = await declare(type, args, bench);
  expect(await declare(type, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

describe("attributes", () => {
  test("changes what is there and makes nothing", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "x");
    chmodSync(path, 0o644);
    expect((await twice(attributes, { path, mode: "g+w,o=" })).changes).toEqual([
      { property: "mode", from: "0644", to: "0660" },
    ]);
    expect(declare(attributes, { path: directory.file("none"), mode: "0644" }, bench)).rejects.toThrow(
      "does not exist",
    );
  });

  test.if(asRoot)("of a link: what it leads to, or the link's own owner", async () => {
    using directory = temporaryDirectory();
    const file = directory.file("file", "x");
    const path = directory.file("link");
    symlinkSync("file", path);
    await twice(attributes, { path, owner: 1001 });
    await twice(attributes, { path, owner: 1002, follow: false });
    expect([lstatSync(file).uid, lstatSync(path).uid]).toEqual([1001, 1002]);
    expect(declare(attributes, { path, mode: "0644", follow: false }, bench)).rejects.toThrow("no mode of its own");
  });

  test("recurses", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("d/e"), { recursive: true });
    chmodSync(directory.file("d/e/f", "x"), 0o600);
    await twice(attributes, { path: directory.file("d"), mode: "a+rX", recurse: true });
    expect(statSync(directory.file("d/e/f")).mode & 0o777).toBe(0o644);
  });

  test("nothing asked is a mistake", () => {
    expect(declare(attributes, { path: "/x" }, bench)).rejects.toThrow("needs 'mode'");
  });
});

describe("touch", () => {
  test("makes an empty file, and leaves one alone", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file");
    expect((await twice(touch, { path, mode: "0600" })).action).toBe("create");
    expect([directory.contents("file"), statSync(path).mode & 0o777]).toEqual(["", 0o600]);
    directory.file("file", "x");
    utimesSync(path, 5, 5);
    expect((await declare(touch, { path }, bench)).changed).toBe(false);
    expect([directory.contents("file"), statSync(path).mtimeMs]).toEqual(["x", 5000]);
  });

  test("keeps the time at which a link itself was last read, also when it was looked at", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("link");
    symlinkSync("file", path);
    await twice(touch, { path, atime: "2026-01-31T12:00:00Z", follow: false });
    expect(lstatSync(path).atime.toISOString()).toBe("2026-01-31T12:00:00.000Z");
  });

  test("keeps the times that are stated, each alone", async () => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "x");
    utimesSync(path, 5, 5);
    expect((await twice(touch, { path, mtime: "2026-01-31T12:00:00Z" })).changes).toEqual([
      { property: "mtime", from: "1970-01-01T00:00:05.000Z", to: "2026-01-31T12:00:00.000Z" },
    ]);
    await twice(touch, { path, atime: 7.5 });
    expect([statSync(path).atimeMs, statSync(path).mtimeMs]).toEqual([7500, Date.parse("2026-01-31T12:00:00Z")]);
    await twice(touch, { path, mtime: "202601311200.30" });
    expect(statSync(path).mtime).toEqual(new Date(2026, 0, 31, 12, 0, 30));
    expect(declare(touch, { path, mtime: "now" }, bench)).rejects.toThrow("only made when it is missing");
  });

  test.each([-1.5, "1965-03-01", "1901-12-14T00:00:00Z"])("a time before 1970 is a time: %p", async (mtime) => {
    using directory = temporaryDirectory();
    const path = directory.file("file", "x");
    await twice(touch, { path, mtime });
    expect(statSync(path).mtimeMs).toBe(typeof mtime === "number" ? mtime * 1000 : Date.parse(mtime));
  });

  test.each([
    1e18,
    -1e15,
    8.64e12,
    "2026-02-30",
    "2026-02-30T25:00:00Z",
    "2026-13-01",
    "202602300000.00",
    "2026-01-01T24:00Z",
  ])("what no calendar has is a mistake of the call: %p", (mtime) => {
    expect(declare(touch, { path: "/x", mtime }, bench)).rejects.toThrow("'mtime' is no time of any calendar");
  });
});

describe("fetch", () => {
  test("copies to a path, or below a directory by host and path", async () => {
    using directory = temporaryDirectory();
    const src = directory.file("src", "x");
    const { names } = await twice(fetch, { src, dest: directory.file("deep/dest") });
    expect([names, directory.contents("deep/dest")]).toEqual([[directory.file("deep/dest")], "x"]);
    await twice(fetch, { src, dest: `${directory.path}/all/` });
    expect(directory.contents(`all/localhost${src}`)).toBe("x");
    expect(declare(fetch, { src: directory.path, dest: "/x" }, bench)).rejects.toThrow("is not a file");
  });

  test("from another host, of which it asks for no more than it needs", async () => {
    using directory = temporaryDirectory();
    const args = { src: directory.file("src", "\xff\0x"), dest: `${directory.path}/all/` };
    const dest = directory.file(`all/web1${args.src}`);
    expect(await declare(fetch, args, bench, "web1")).toMatchObject({ action: "create", names: [dest] });
    expect(directory.contents(`all/web1${args.src}`)).toBe("\xff\0x");
    expect(await declare(fetch, args, bench, "web1")).toMatchObject({ action: "none", changed: false });
    directory.file("src", "new");
    expect((await declare(fetch, args, bench, "web1")).action).toBe("update");
    expect(declare(fetch, { ...args, src: "/nowhere/file" }, bench, "web1")).rejects.toThrow("not a file on web1");
  });
});
