import { expect, test } from "bun:test";
import { readIndex, writeIndex, writeTrailer, type Index } from "../../src/bundle/format.ts";
import { readTrailer } from "../../src/bundle/trailer.ts";
import { endOfProgram } from "../../src/bundle/whole.ts";

const digest = `sha256:${"0".repeat(64)}` as const;
const file = { path: "/srv/site.lua", mode: 0o644, size: 10, offset: 100, digest };
const whole: Index = {
  format: 2,
  version: "1.0.0",
  target: "linux-x64",
  stack: "site",
  workflow: "/srv/site.lua",
  directory: "/srv",
  values: null,
  inventory: null,
  files: [file],
  directories: [],
  links: [],
  seen: [],
  packages: [{ ...file, path: "one.deb" }],
};

function readBack(index: object): Index {
  const bytes = writeIndex(index as Index); // what somebody else may have written
  const end = Buffer.from(writeTrailer(bytes, 200));
  const trailer = readTrailer(end, 200 + bytes.length + 72);
  if (trailer === null) throw new Error("no trailer");
  return readIndex(bytes, trailer);
}

test("an index is read as it was written", () => {
  expect(readBack(whole)).toEqual(whole);
});

const outside: [string, object][] = [
  ["a package beside the directory", { packages: [{ ...file, path: "../../evil.deb" }] }],
  ["a package that is the directory", { packages: [{ ...file, path: ".." }] }],
  ["a file outside", { files: [{ ...file, path: "/srv/../../etc/passwd" }] }],
  ["a relative file", { files: [{ ...file, path: "etc/passwd" }] }],
  ["a link outside", { links: [{ path: "/../x", to: "y" }] }],
  ["a size that never ends", { files: [{ ...file, size: 2 ** 50 }] }],
  ["a size that is none", { files: [{ ...file, size: 1.5 }] }],
  ["a place before the file", { files: [{ ...file, offset: -5 }] }],
  ["a place in the index", { files: [{ ...file, offset: 195 }] }],
  ["a set-user-id bit", { files: [{ ...file, mode: 0o4755 }] }],
  ["another format", { format: 1 }],
];
test.each(outside)("an index with %s is damage", (_, change) => {
  expect(() => readBack({ ...whole, ...change })).toThrow("this bundle is damaged: its index is not what was packed");
});

test("a trailer that does not describe the file it ends is none", () => {
  const trailer = Buffer.from(writeTrailer(new Uint8Array(10), 200));
  expect(readTrailer(trailer, 282)).toMatchObject({ offset: 200, length: 10 });
  expect(readTrailer(trailer, 283)).toBeNull();
  for (const offset of [2n ** 45n, 2n ** 60n, 2n ** 64n - 5n]) {
    trailer.writeBigUInt64LE(offset, 16);
    expect(readTrailer(trailer, 282)).toBeNull();
  }
});

test("a program of macOS ends where its last segment does", () => {
  const program = Buffer.alloc(32 + 72 + 16 + 72);
  program.writeUInt32LE(0xfeedfacf, 0);
  program.writeUInt32LE(3, 16);
  const segment = (at: number, offset: bigint, size: bigint) => {
    program.writeUInt32LE(0x19, at);
    program.writeUInt32LE(72, at + 4);
    program.writeBigUInt64LE(offset, at + 40);
    program.writeBigUInt64LE(size, at + 48);
  };
  segment(32, 0n, 16384n);
  program.writeUInt32LE(0x2, 104);
  program.writeUInt32LE(16, 108);
  segment(120, 16384n, 1000n);
  expect(endOfProgram(program)).toBe(17384);
});
