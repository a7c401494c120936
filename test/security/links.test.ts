import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import type { ValueObject } from "../../src/base/value.ts";
import { asRoot } from "../support/needs-root.ts";
import { BOB, LU, SECRET, Yard, attempt } from "./_yard.ts";

/** Each verb that changes what a path leads to, with a link of LU in his own directory at its end. */
const THROUGH: readonly (readonly [string, string, (path: string) => ValueObject])[] = [
  ["attributes", "shadow", (path) => ({ path, owner: LU })],
  ["attributes", "shadow", (path) => ({ path, mode: "0666" })],
  ["attributes", "dir", (path) => ({ path, owner: LU, recurse: true })],
  ["directory", "dir", (path) => ({ path, owner: LU })],
  ["directory", "dir", (path) => ({ path, mode: "0777", recurse: true })],
  ["touch", "shadow", (path) => ({ path, owner: LU, mtime: 5 })],
  ["lineinfile", "shadow", (path) => ({ path, line: "lu", owner: LU })],
  ["blockinfile", "shadow", (path) => ({ path, block: "lu" })],
  ["replace", "shadow", (path) => ({ path, regexp: "root", replacement: "lu" })],
  ["copy", "shadow", (dest) => ({ dest, content: "lu", follow: true })],
  ["copy", "dir", (path) => ({ dest: `${path}/evil`, content: "lu" })],
  ["symlink", "dir", (path) => ({ dest: `${path}/evil`, src: "x", force: true })],
  ["remove", "dir", (path) => ({ path: `${path}/f` })],
];

describe("a link of a user to what is root's, at the end or on the way, is refused by every verb", () => {
  for (const [name, target, args] of THROUGH) {
    asRoot(`${name} ${Object.keys(args("")).join(" ")}`, async () => {
      const yard = new Yard();
      const path = yard.link("home/data", `${yard.crown}/${target}`, LU);
      expect(await attempt(name, args(path))).toBe("E_ACCESS");
      expect(yard.touched()).toEqual([]);
      expect(fs.lstatSync(path).isSymbolicLink()).toBe(true);
    });

    asRoot(`${name} ${Object.keys(args("")).join(" ")}, the link being root's own`, async () => {
      const yard = new Yard();
      const path = yard.link("home/data", `${yard.crown}/${target}`, 0);
      expect(await attempt(name, args(path))).toBe("E_ACCESS");
      expect(yard.touched()).toEqual([]);
    });
  }
});

asRoot("a link of a user to what is theirs is followed", async () => {
  const yard = new Yard();
  yard.file("home/real", "old\n", LU, 0o640);
  yard.link("home/conf", "real", LU);
  expect(await attempt("lineinfile", { path: `${yard.home}/conf`, line: "new" })).toBe("create");
  expect([yard.text("home/real"), yard.rights("home/real")]).toEqual(["old\nnew\n", `640 ${LU}:${LU}`]);
});

describe("where a group may write, links are followed by nobody", () => {
  for (const [title, mode] of [
    ["set-gid", 0o2775],
    ["an ACL, whose mask is the group's bits", 0o775],
    ["everybody", 0o777],
    ["sticky", 0o1777],
  ] as const) {
    asRoot(title, async () => {
      const yard = new Yard();
      yard.directory("share", 0, mode);
      yard.link("share/app", `${yard.crown}/dir`, LU);
      expect(await attempt("copy", { dest: `${yard.root}/share/app/evil`, content: "x" })).toBe("E_ACCESS");
      expect(await attempt("directory", { path: `${yard.root}/share/app`, owner: LU })).toBe("E_ACCESS");
      expect(yard.touched()).toEqual([]);
    });
  }
});

asRoot("a second name is made of what a user's own link leads to, never of what is root's", async () => {
  const yard = new Yard();
  const src = yard.link("home/orig", `${yard.crown}/shadow`, LU);
  expect(await attempt("hardlink", { src, dest: `${yard.home}/second` })).toBe("E_ACCESS");
  expect([yard.touched(), fs.statSync(`${yard.crown}/shadow`).nlink]).toEqual([[], 1]);
});

asRoot("a tree is not copied into what a link in its place leads to", async () => {
  const yard = new Yard();
  yard.directory("tree", 0, 0o755);
  yard.directory("tree/sub", 0, 0o755);
  yard.file("tree/sub/f", "x", 0, 0o644);
  yard.directory("home/site", LU, 0o755);
  yard.link("home/site/sub", `${yard.crown}/dir`, LU);
  const args = { src: `${yard.root}/tree/`, dest: `${yard.home}/site`, owner: LU, directory_mode: "0777" };
  expect(await attempt("copy", args)).toBe("E_ACCESS");
  expect(yard.touched()).toEqual([]);
});

asRoot("a tree that is taken over does not make its maker's links trusted", async () => {
  const yard = new Yard();
  yard.directory("home/take", LU, 0o777);
  yard.link("home/take/sub", `${yard.crown}/dir`, LU);
  expect(await attempt("directory", { path: `${yard.home}/take`, owner: 0, group: 0, recurse: true })).toBe("update");
  expect(yard.rights("home/take/sub")).toStartWith("777 41001:0");
  expect(await attempt("copy", { dest: `${yard.home}/take/sub/evil`, content: "x" })).toBe("E_ACCESS");
  expect(yard.touched()).toEqual([]);
});

asRoot("nor where it lies among root's directories", async () => {
  const yard = new Yard();
  yard.directory("take", LU, 0o755);
  yard.link("take/sub", `${yard.crown}/dir`, LU);
  expect(await attempt("directory", { path: `${yard.root}/take`, owner: 0, group: 0, recurse: true })).toBe("update");
  expect(await attempt("copy", { dest: `${yard.root}/take/sub/evil`, content: "x" })).toBe("E_ACCESS");
  expect(yard.touched()).toEqual([]);
});

describe("a further name of another's file is neither given away nor taken over", () => {
  const cases: readonly (readonly [string, string, ValueObject])[] = [
    ["attributes", "", { owner: LU }],
    ["attributes", "", { mode: "0666" }],
    ["touch", "", { mtime: 5 }],
  ];
  for (const [name, , args] of cases) {
    asRoot(`${name} ${Object.keys(args).join(" ")}`, async () => {
      const yard = new Yard();
      fs.linkSync(`${yard.crown}/shadow`, `${yard.home}/second`);
      const before = yard.rights("crown/shadow");
      const changed = fs.statSync(`${yard.crown}/shadow`).mtimeMs;
      expect(await attempt(name, { path: `${yard.home}/second`, ...args })).toBe("E_ACCESS");
      expect([yard.rights("crown/shadow"), fs.statSync(`${yard.crown}/shadow`).mtimeMs]).toEqual([before, changed]);
    });
  }

  asRoot("by recursion, given and taken", async () => {
    for (const [owner, uid] of [
      [LU, 0],
      [0, BOB],
    ] as const) {
      const yard = new Yard();
      const file = yard.file("crown/other", SECRET, uid, 0o600);
      yard.directory("home/d", LU, 0o755);
      fs.linkSync(file, `${yard.home}/d/second`);
      expect(await attempt("directory", { path: `${yard.home}/d`, owner, mode: "0755", recurse: true })).toBe(
        "E_ACCESS",
      );
      expect(yard.rights("crown/other")).toBe(`600 ${uid}:${uid}`);
    }
  });

  asRoot("but one of theirs is, and any where only root writes", async () => {
    const yard = new Yard();
    const file = yard.file("home/one", "x", LU, 0o600);
    fs.linkSync(file, `${yard.home}/two`);
    expect(await attempt("attributes", { path: `${yard.home}/two`, mode: "0640" })).toBe("update");
    yard.directory("roots", 0, 0o755);
    fs.linkSync(`${yard.crown}/shadow`, `${yard.root}/roots/second`);
    expect(await attempt("attributes", { path: `${yard.root}/roots/second`, mode: "0640" })).toBe("update");
  });
});
