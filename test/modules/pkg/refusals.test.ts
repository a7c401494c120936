import { expect, test } from "bun:test";
import type { FakeCommands } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { act } from "../_machine.ts";
import { pkg } from "../../../src/modules/pkg/index.ts";
import { APT, UPDATE, debian, keeping, leaving, paragraph, policy } from "./_apt-machine.ts";

const INSTALL = `${APT} install -- lab-plain`;
const known = policy("lab-plain", "2.0-1", "1.0-1");

test.each<[string, FakeCommands, string]>([
  [
    "an unknown name",
    { "apt-cache policy lab-plian": "", "apt-cache showpkg lab-plian": "", "apt-cache pkgnames": "lab-plain\nzsh\n" },
    "E_PACKAGE_UNKNOWN apt knows no package lab-plian; did you mean 'lab-plain'?",
  ],
  [
    "a virtual package of several",
    {
      "apt-cache policy lab-plian": "lab-plian:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n",
      "apt-cache showpkg lab-plian": "Package: lab-plian\n\nReverse Provides: \nb 1 (= )\na 1 (= )\n",
    },
    "E_PACKAGE_VIRTUAL lab-plian is a virtual package that several packages provide; choose one of a, b",
  ],
])("%s is an error in plan and in run, before anything is changed", async (_what, commands, expected) => {
  for (const mode of ["plan", "apply"] as const) {
    const system = debian("", commands);
    expect(await refusal(keeping(system, mode)("pkg.install", { name: "lab-plian" }))).toBe(expected);
    expect(system.ran).toEqual([]);
  }
});

test("a version that there is not lists those that there are", async () => {
  const system = debian("", known);
  expect(await refusal(keeping(system)("pkg.install", { name: "lab-plain", version: "9" }))).toBe(
    "E_PACKAGE_VERSION there is no version 9 of lab-plain; there is 2.0-1, 1.0-1",
  );
});

test("a held package is left alone, and the error says how to release it", async () => {
  const held = paragraph("lab-plain", "1.0-1", "hold ok installed");
  const system = debian(held, known);
  const keep = keeping(system);
  const expected = "E_PACKAGE_HELD lab-plain is held at 1.0-1; release it with `apt-mark unhold lab-plain`";
  expect(await refusal(keep("pkg.install", { name: "lab-plain", version: "2.0" }))).toBe(expected);
  expect(await refusal(keep("pkg.remove", { name: "lab-plain" }))).toBe(expected);
  expect(await keep("pkg.install", { name: "lab-plain", version: "1.0" })).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([]);
});

test("an ordinary user is told which privilege is missing, where there is something to do", async () => {
  const system = debian("", known, { euid: 1000 });
  expect(await refusal(keeping(system)("pkg.install", { name: "lab-plain" }))).toBe(
    "E_ACCESS changing packages takes root, and we are uid 1000; run it with sudo",
  );
  const planned = debian("", known, { euid: 1000 });
  expect(await refusal(keeping(planned, "plan")("pkg.install", { name: "lab-plain" }))).toContain("takes root");
  const there = debian(paragraph("lab-plain", "1.0-1"), {}, { euid: 1000 });
  expect(await keeping(there)("pkg.install", { name: "lab-plain" })).toMatchObject({ action: "none" });
});

test("a failing post-install script is quoted", async () => {
  const system = debian("", {
    ...known,
    [INSTALL]: {
      exitCode: 100,
      stdout: "Unpacking lab-plain (2.0-1) ...\nSetting up lab-plain (2.0-1) ...\n",
      stderr: `debconf: delaying package configuration, since apt-utils is not installed
lab-plain: cannot find the moon
dpkg: error processing package lab-plain (--configure):
 installed lab-plain package post-installation script subprocess returned error exit status 3
Errors were encountered while processing:
 lab-plain
E: Sub-process /usr/bin/dpkg returned an error code (1)
`,
    },
  });
  expect(await refusal(keeping(system)("pkg.install", { name: "lab-plain" }))).toBe(
    `E_PACKAGE_SCRIPT a package's own script failed: lab-plain: cannot find the moon
dpkg: error processing package lab-plain (--configure):
 installed lab-plain package post-installation script subprocess returned error exit status 3`,
  );
});

test("without a network the error says that it is that", async () => {
  const system = debian("", {
    ...known,
    [INSTALL]: {
      exitCode: 100,
      stderr:
        "E: Failed to fetch http://10.9.9.9/a.deb  connect (101: Network is unreachable)\nE: Unable to fetch some archives\n",
    },
  });
  const said = await refusal(keeping(system)("pkg.install", { name: "lab-plain" }));
  expect(said).toStartWith("E_NETWORK apt-get ended with 100: E: Failed to fetch http://10.9.9.9/a.deb");
  expect(said).toEndWith("; a package repository cannot be reached from this machine");
});

test("a package that the repository no longer has points to the old index", async () => {
  const stderr =
    "E: Failed to fetch http://deb.example.org/a_1.deb  404  Not Found [IP: 10.0.0.1 80]\nE: Unable to fetch some archives\n";
  const system = debian("", { ...known, [INSTALL]: { exitCode: 100, stderr } });
  const said = await refusal(keeping(system)("pkg.install", { name: "lab-plain" }));
  expect(said).toStartWith("E_PACKAGE_GONE apt-get ended with 100");
  expect(said).toEndWith("the index is old: fetch it first, with update_cache = true or pkg.update");
});

test("an index that is not where it is looked for is not told to be fetched first", async () => {
  const stderr =
    "E: The repository 'http://deb.example.org lab Release' does not have a Release file: 404  Not Found\n";
  const system = debian("", { [UPDATE]: { exitCode: 100, stderr } });
  const said = await refusal(act(pkg, "pkg.update", {}, { system }));
  expect(said).toEndWith(
    "a repository is not where this machine looks for it: its address or suite is wrong, or it is gone",
  );
});

const LOCKED = {
  exitCode: 100,
  stderr:
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 58 (apt-get)\nE: Unable to acquire the dpkg frontend lock\n",
};

test("a lock is waited for up to the limit, then its holder is named", async () => {
  const system = debian("", { ...known, [INSTALL]: LOCKED });
  expect(await refusal(keeping(system)("pkg.install", { name: "lab-plain", lock_timeout: 0 }))).toBe(
    "E_PACKAGE_LOCK the package database is locked by apt-get (pid 58), still after 0 s; " +
      "wait for it to end, or longer with lock_timeout",
  );
  expect(system.ran).toEqual([INSTALL]);
});

test("once the lock is free the same command is run again", async () => {
  let attempts = 0;
  const done = leaving(paragraph("lab-plain", "2.0-1"));
  const system = debian("", { ...known, [INSTALL]: () => ((attempts += 1) === 1 ? LOCKED : done) });
  expect(await keeping(system)("pkg.install", { name: "lab-plain" })).toMatchObject({ action: "create" });
  expect(system.ran).toEqual([INSTALL, INSTALL]);
});

test("a machine without a package manager is told apart", async () => {
  const system = debian("", {}, {});
  const bare = Object.assign(Object.create(system) as typeof system, { which: () => null });
  const { managerOf } = await import("../../../src/modules/pkg/_managers.ts");
  expect(await refusal(managerOf(bare))).toBe(
    "E_NO_PACKAGE_MANAGER there is no package manager here that is known; known are apt, dnf, zypper, pacman, apk",
  );
});
