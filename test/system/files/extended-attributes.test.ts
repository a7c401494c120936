import { expect, test } from "bun:test";
import * as fs from "node:fs";
import { copyByCommand } from "../../../src/system/files/extended-attributes.ts";
import { openHost } from "../../../src/system/host.ts";
import { libc } from "../../../src/system/libc.ts";
import { needs } from "../../support/needs.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const c = libc();
const signal = new AbortController().signal;
const system = openHost({ mode: "apply" }).writer({ signal });
const ACL = "system.posix_acl_access";

/** user::rw- user:1:MASKED group::r-- mask::r-- other::--- as the kernel keeps it. */
const acl = Buffer.concat([
  Buffer.of(2, 0, 0, 0),
  entry(1, 6),
  entry(2, 6, 1),
  entry(4, 4),
  entry(16, 4),
  entry(32, 0),
]);

function entry(tag: number, permissions: number, id = 0xffffffff): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag, 0);
  bytes.writeUInt16LE(permissions, 2);
  bytes.writeUInt32LE(id, 4);
  return bytes;
}

function set(path: string, name: string, value: Buffer): boolean {
  return c?.setxattr(Buffer.from(`${path}\0`), Buffer.from(`${name}\0`), value, value.length, 0) === 0;
}

function get(path: string, name: string): Buffer | null {
  const value = Buffer.alloc(1024);
  const length = c?.getxattr(Buffer.from(`${path}\0`), Buffer.from(`${name}\0`), value, value.length) ?? -1;
  return length < 0 ? null : value.subarray(0, length);
}

function supported(): boolean {
  const path = `${fs.mkdtempSync("/tmp/sloth-probe-")}/f`;
  fs.writeFileSync(path, "");
  const both = set(path, "user.probe", Buffer.of(1)) && set(path, ACL, acl);
  fs.rmSync(path.slice(0, -2), { recursive: true });
  return both;
}

const withAttributes = needs(supported(), "a file system with ACLs and extended attributes");

function fileWithBoth(): string {
  const path = `${temporaryDirectory()}/f`;
  fs.writeFileSync(path, "old");
  set(path, "user.note", Buffer.from([0, 255, 10]));
  set(path, ACL, acl);
  return path;
}

withAttributes("a replaced file keeps its ACL and attributes, and its mode with them", async () => {
  const path = fileWithBoth();
  const mode = fs.statSync(path).mode;
  await system.writeFile(path, Buffer.from("new"), {});
  expect(fs.readFileSync(path, "utf8")).toBe("new");
  expect(get(path, "user.note")).toEqual(Buffer.from([0, 255, 10]));
  expect(get(path, ACL)).toEqual(acl);
  expect(fs.statSync(path).mode).toBe(mode);
});

withAttributes("a stated mode bounds the ACL as chmod does", async () => {
  const path = fileWithBoth();
  await system.writeFile(path, Buffer.from("new"), { mode: 0o600 });
  expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  expect(get(path, ACL)).toEqual(Buffer.concat([acl.subarray(0, 28), entry(16, 0), entry(32, 0)]));
});

withAttributes("an ACL that the directory hands on does not come to a file that had none", async () => {
  const path = `${temporaryDirectory()}/f`;
  fs.writeFileSync(path, "old", { mode: 0o640 });
  set(path.slice(0, -2), "system.posix_acl_default", acl);
  await system.writeFile(path, Buffer.from("new"), {});
  expect(get(path, ACL)).toBeNull();
  expect(fs.statSync(path).mode & 0o777).toBe(0o640);
});

withAttributes("a directory made where one hands on its ACL has the mode asked for", () => {
  const root = temporaryDirectory();
  set(root, "system.posix_acl_default", acl);
  system.mkdir(`${root}/d`, { mode: 0o755 });
  expect(fs.statSync(`${root}/d`).mode & 0o777).toBe(0o755);
});

withAttributes("without foreign functions coreutils copies them", () => {
  const path = fileWithBoth();
  fs.writeFileSync(`${path}2`, "");
  copyByCommand(path, `${path}2`);
  expect(get(`${path}2`, "user.note")).toEqual(Buffer.from([0, 255, 10]));
  expect(get(`${path}2`, ACL)).toEqual(acl);
});

test("here are foreign functions", () => {
  expect(c).not.toBeNull();
});
