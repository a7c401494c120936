import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import { libc } from "../../src/system/libc.ts";
import { asRoot } from "../support/needs-root.ts";
import { LU, SECRET, Yard, attempt } from "./_yard.ts";

describe("set-user-id and set-group-id do not survive their owner", () => {
  asRoot("when a tree is taken over", async () => {
    const yard = new Yard();
    yard.file("home/x", "#!program", LU, 0o6755);
    expect(await attempt("directory", { path: yard.home, owner: 0, group: 0, recurse: true })).toBe("update");
    expect(yard.rights("home/x")).toBe("755 0:0");
  });

  asRoot("when a file is, with a mode that says nothing of them", async () => {
    for (const mode of [undefined, "g+r", "u+x,o-w"]) {
      const yard = new Yard();
      const path = yard.file("home/x", "#!program", LU, 0o6755);
      expect(await attempt("attributes", { path, owner: 0, group: 0, ...(mode && { mode }) })).toBe("update");
      expect(yard.rights("home/x")).toBe("755 0:0");
    }
  });

  asRoot("when its contents are replaced for another owner", async () => {
    const yard = new Yard();
    const path = yard.file("home/x", "#!program\n", LU, 0o6755);
    expect(await attempt("lineinfile", { path, line: "port=80", owner: 0 })).toBe("create");
    expect(yard.rights("home/x")).toBe(`755 0:${LU}`);
  });

  asRoot("unless they are stated in the same call", async () => {
    const yard = new Yard();
    const path = yard.file("home/x", "#!program", LU, 0o4755);
    expect(await attempt("attributes", { path, owner: 0, mode: "4755" })).toBe("update");
    expect(yard.rights("home/x")).toBe(`4755 0:${LU}`);
    expect(await attempt("attributes", { path, group: 0, mode: "2711" })).toBe("update");
    expect(yard.rights("home/x")).toBe("2711 0:0");
  });

  asRoot("and stay when only the contents change", async () => {
    const yard = new Yard();
    const path = yard.file("home/x", "old", LU, 0o4755);
    expect(await attempt("copy", { dest: path, content: "new" })).toBe("update");
    expect(yard.rights("home/x")).toBe(`4755 ${LU}:${LU}`);
  });
});

asRoot("a file that is replaced for another owner is not open to those whom the old one let in", async () => {
  const yard = new Yard();
  const path = yard.file("home/conf", "old\n", LU, 0o666);
  expect(await attempt("lineinfile", { path, line: "x", owner: 0, group: 0 })).toBe("create");
  expect(yard.rights("home/conf")).toBe("644 0:0");
  const narrow = yard.file("home/narrow", "old\n", LU, 0o600);
  await attempt("lineinfile", { path: narrow, line: "x", owner: 0, group: 0 });
  expect(yard.rights("home/narrow")).toBe("600 0:0");
});

asRoot("a file planted in a sticky directory becomes ours with our contents", async () => {
  const yard = new Yard();
  yard.directory("st", 0, 0o1777);
  const dest = yard.file("st/deploy.sh", "echo lu", LU, 0o777);
  expect(await attempt("copy", { dest, content: "echo root", mode: "0755" })).toBe("update");
  expect(yard.rights("st/deploy.sh")).toBe("755 0:0");
  const plain = yard.file("st/plain", "lu", LU, 0o666);
  expect(await attempt("copy", { dest: plain, content: "root" })).toBe("update");
  expect(yard.rights("st/plain")).toBe("644 0:0");
});

const ACL = "system.posix_acl_access";
const DEFAULT = "system.posix_acl_default";
const c = libc();

/** user::rw- user:LU:rw- group::r-- mask::rw- other::--- as the kernel keeps it. */
const acl = Buffer.concat([
  Buffer.of(2, 0, 0, 0),
  ...[
    [1, 6],
    [2, 6, LU],
    [4, 4],
    [16, 6],
    [32, 0],
  ].map(([tag = 0, rights = 0, id = 0xffffffff]) => {
    const entry = Buffer.alloc(8);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(rights, 2);
    entry.writeUInt32LE(id, 4);
    return entry;
  }),
]);

function plant(path: string, name = ACL): boolean {
  return c?.setxattr(Buffer.from(`${path}\0`), Buffer.from(`${name}\0`), acl, acl.length, 0) === 0;
}

function hasAcl(path: string, name = ACL): boolean {
  return (c?.getxattr(Buffer.from(`${path}\0`), Buffer.from(`${name}\0`), Buffer.alloc(1024), 1024) ?? -1) >= 0;
}

describe("an ACL that a user planted does not survive him", () => {
  const withAcls = (title: string, body: (yard: Yard) => Promise<void>): void =>
    asRoot(title, async () => {
      const yard = new Yard();
      if (plant(yard.file("home/probe", "", LU, 0o600))) await body(yard);
    });

  withAcls("on a file whose contents come for root", async (yard) => {
    const dest = yard.file("home/acl.conf", "old", LU, 0o640);
    plant(dest);
    expect(await attempt("copy", { dest, content: SECRET, owner: 0, group: 0, mode: "0640" })).toBe("update");
    expect([hasAcl(dest), yard.rights("home/acl.conf")]).toEqual([false, "640 0:0"]);
  });

  withAcls("on a file and a directory that are taken over", async (yard) => {
    const path = yard.file("home/taken", "old", LU, 0o640);
    plant(path);
    expect(await attempt("attributes", { path, owner: 0 })).toBe("update");
    expect([hasAcl(path), yard.rights("home/taken")]).toEqual([false, `640 0:${LU}`]);
    const directory = yard.directory("home/d", LU, 0o755);
    plant(directory, DEFAULT);
    expect(await attempt("directory", { path: directory, owner: 0 })).toBe("update");
    expect(hasAcl(directory, DEFAULT)).toBe(false);
  });

  withAcls("by way of his directory, on what is made in it for root", async (yard) => {
    plant(yard.home, DEFAULT);
    expect(await attempt("copy", { dest: `${yard.home}/new`, content: SECRET, owner: 0, mode: "0640" })).toBe("create");
    expect(await attempt("directory", { path: `${yard.home}/made`, owner: 0, mode: "0770" })).toBe("create");
    expect(await attempt("directory", { path: `${yard.home}/plain` })).toBe("create");
    expect([hasAcl(`${yard.home}/plain`), hasAcl(`${yard.home}/plain`, DEFAULT)]).toEqual([false, false]);
    expect([hasAcl(`${yard.home}/new`), hasAcl(`${yard.home}/made`), hasAcl(`${yard.home}/made`, DEFAULT)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  withAcls("and stays on what stays his", async (yard) => {
    const dest = yard.file("home/his", "old", LU, 0o640);
    plant(dest);
    expect(await attempt("copy", { dest, content: "new" })).toBe("update");
    expect(hasAcl(dest)).toBe(true);
    expect(fs.statSync(dest).uid).toBe(LU);
  });
});
