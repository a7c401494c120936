import { expect, test } from "bun:test";
import { chmodSync, symlinkSync, utimesSync } from "node:fs";
import { parseProps } from "../../../src/engine/schema.ts";
import type { Value, ValueObject } from "../../../src/base/value.ts";
import { stat } from "../../../src/modules/file_ops/stat.ts";
import { openHost } from "../../../src/system/host.ts";
import { temporaryDirectory } from "./_temporary.ts";

async function look(args: ValueObject): Promise<Value> {
  const { signal } = new AbortController();
  return stat.read(parseProps(stat.schema, args) as Value, openHost({ mode: "read" }).reader({ signal }));
}

test("tells what is there", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("file", "hello\n");
  chmodSync(path, 0o640);
  utimesSync(path, 100, 200.5);
  expect(await look({ path })).toMatchObject({
    exists: true,
    type: "file",
    mode: "0640",
    uid: process.geteuid?.() ?? 0,
    size: 6,
    mtime: 200.5,
    links: 1,
    checksum: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  });
  expect(await look({ path, checksum: false })).not.toHaveProperty("checksum");
});

test("a link is itself unless it is followed", async () => {
  using directory = temporaryDirectory();
  directory.file("file", "x");
  symlinkSync("file", directory.file("link"));
  expect(await look({ path: directory.file("link") })).toMatchObject({ type: "link", target: "file" });
  expect(await look({ path: directory.file("link"), follow: true })).toMatchObject({ type: "file", size: 1 });
});

test("what is not there does not exist", async () => {
  using directory = temporaryDirectory();
  symlinkSync("nowhere", directory.file("link"));
  expect(await look({ path: directory.file("none") })).toEqual({ exists: false });
  expect(await look({ path: directory.file("none/deeper") })).toEqual({ exists: false });
  expect(await look({ path: directory.file("link"), follow: true })).toEqual({ exists: false });
});
