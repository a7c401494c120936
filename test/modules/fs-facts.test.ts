import { expect, test } from "bun:test";
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { facts } from "../../src/modules/facts/index.ts";
import { osFacts, packageManager } from "../../src/modules/_kit/machine.ts";
import { fs } from "../../src/modules/fs/index.ts";
import type { ReadSystem } from "../../src/system/system.ts";
import { write as fsWrite } from "../../src/modules/fs/write.ts";
import { bench, declare } from "../support/declare.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { refusal } from "./_call.ts";
import { ask, thisMachine } from "./_machine.ts";

test("files are read byte for byte, directories listed, and a dangling link is there", async () => {
  const root = temporaryDirectory();
  writeFileSync(`${root}/text`, "\uFEFFé\r\n");
  writeFileSync(`${root}/bytes`, Buffer.from([0xff, 0]));
  symlinkSync("nowhere", `${root}/link`);
  mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xfe])]));
  expect(await ask(fs, "fs.read", { path: `${root}/text` })).toBe("\uFEFFé\r\n");
  expect(await ask(fs, "fs.read", { path: `${root}/bytes` })).toEqual(new Uint8Array([0xff, 0]));
  expect(await ask(fs, "fs.list", { path: root })).toEqual(["bytes", "link", "text", new Uint8Array([0xfe])]);
  expect(await ask(fs, "fs.exists", { path: `${root}/link` })).toBe(true);
  expect(await ask(fs, "fs.exists", { path: `${root}/none` })).toBe(false);
  expect(await refusal(ask(fs, "fs.read", { path: `${root}/none` }))).toContain(`${root}/none`);
});

test("a file is written once, through a link, and a plan lets later reads see it", async () => {
  const root = temporaryDirectory();
  writeFileSync(`${root}/real`, "old");
  symlinkSync("real", `${root}/link`);
  const props = { path: `${root}/link`, content: "new", mode: "0600" };
  const plan = bench("plan");
  expect(await declare(fsWrite, props, plan)).toMatchObject({ changed: true });
  const { signal } = new AbortController();
  expect(await ask(fs, "fs.read", { path: `${root}/real` }, plan.machine.reader({ signal }))).toBe("new");
  expect(readFileSync(`${root}/real`, "utf8")).toBe("old");
  const apply = bench();
  expect((await declare(fsWrite, props, apply)).changes.map(({ property }) => property)).toEqual(["content", "mode"]);
  expect(await declare(fsWrite, props, apply)).toMatchObject({ changed: false });
  expect([readFileSync(`${root}/real`, "utf8"), lstatSync(`${root}/link`).isSymbolicLink()]).toEqual(["new", true]);
});

test("a relative path starts at the workflow here, and is refused elsewhere", async () => {
  expect(await ask(fs, "fs.exists", { path: "package.json" })).toBe(true);
  const elsewhere = Object.assign(Object.create(thisMachine()) as ReadSystem, { host: "web1" });
  expect(await refusal(ask(fs, "fs.read", { path: "package.json" }, elsewhere))).toContain(
    "must be absolute on another host",
  );
});

test("in plan what is not there may yet come", async () => {
  const planned = { lstat: () => null, unknownBecause: () => "make was not run" } as unknown as ReadSystem;
  expect(await refusal(ask(fs, "fs.exists", { path: "/a" }, planned))).toBe(
    "E_UNKNOWN there is no /a yet, and make was not run",
  );
});

test("facts of this machine have the shapes that are promised", async () => {
  expect(await ask(facts, "facts.all")).toMatchObject({
    os: { id: expect.any(String), family: expect.any(String), kernel: expect.any(String) },
    arch: expect.stringMatching(/^(x86_64|aarch64)$/),
    hostname: expect.stringMatching(/./),
    init: expect.stringMatching(/./),
    memory: { total: expect.any(Number), available: expect.any(Number) },
  });
  expect(await ask(facts, "facts.cpus")).toBeGreaterThan(0);
  expect(await ask(facts, "facts.addresses")).toContainEqual(
    expect.objectContaining({ address: "127.0.0.1", loopback: true }),
  );
});

const ROCKY = `NAME="Rocky Linux"\nVERSION="9.3 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\nPRETTY_NAME="Rocky Linux 9.3 (Blue Onyx)"\n`;
const ALPINE = `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n`;
const TUMBLEWEED = `NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20240101"\nPRETTY_NAME="openSUSE Tumbleweed"\n`;
const UBUNTU = `PRETTY_NAME="Ubuntu 22.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n`;

test.each([
  [ROCKY, ["dnf", "apt-get"], { id: "rocky", family: "redhat", version: "9.3", libc: "glibc" }, "dnf"],
  [ALPINE, ["apk"], { id: "alpine", family: "alpine", version: "3.19.1", libc: "musl" }, "apk"],
  [TUMBLEWEED, ["zypper"], { id: "opensuse-tumbleweed", family: "suse" }, "zypper"],
  [UBUNTU, ["dnf", "apt-get"], { id: "ubuntu", family: "debian", codename: "jammy" }, "apt"],
  ['ID=\'my\\os\'\nNAME="a \\"b\\""\n', ["pacman"], { id: "my\\os", family: "my\\os", name: 'a "b"' }, "pacman"],
  ["", [], { id: "linux" }, null],
])("os-release %#", (release, programs, expected, manager) => {
  const lib = release === ALPINE ? ["ld-musl-x86_64.so.1", "libz.so.1"] : ["libc.so.6"];
  const machine = machineWith({ "/etc/os-release": release }, lib, programs);
  expect(osFacts(machine)).toMatchObject(expected);
  expect(packageManager(machine)).toBe(manager);
});

function machineWith(files: Record<string, string>, lib: readonly string[], programs: readonly string[]): ReadSystem {
  return {
    stat: (path: string) => (path in files || path === "/lib" ? thisMachine().stat("/") : null),
    readFile: (path: string) => Buffer.from(files[path] ?? ""),
    list: () => lib,
    which: (program: string) => (programs.includes(program) ? `/usr/bin/${program}` : null),
  } as unknown as ReadSystem;
}
