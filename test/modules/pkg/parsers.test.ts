import { describe, expect, test } from "bun:test";
import { parseApkDatabase, parseApkPolicy, parseApkVersions } from "../../../src/modules/pkg/_apk.ts";
import { parsePolicy, parseProviders, parseUpgradable } from "../../../src/modules/pkg/_apt.ts";
import { parseSummary, parseRepoquery } from "../../../src/modules/pkg/_dnf.ts";
import { parseDpkgStatus } from "../../../src/modules/pkg/_dpkg-status.ts";
import { parseInfo, parseOutdated } from "../../../src/modules/pkg/_pacman.ts";
import { parseRpms } from "../../../src/modules/pkg/_rpm.ts";
import { parseEditions, parseListed, parseUpdates } from "../../../src/modules/pkg/_zypper.ts";

/* What the tools said on hosts of the lab; apk 2.14.9 over a repository of the same packages. */

describe("dpkg's status file", () => {
  const status = `Package: lab-alien
Status: install ok installed
Architecture: i386
Multi-Arch: foreign
Version: 1.0-1

Package: lab-broken
Status: install ok half-configured
Architecture: amd64
Version: 1.0-1
Description: lab-broken of the lab
 Version: not this one

Package: lab-conf
Status: deinstall ok config-files
Architecture: amd64
Version: 2.0-1
Provides: lab-settings

Package: lab-plain
Status: hold ok installed
Architecture: amd64
Version: 2.0-1

Package: lab-plain
Status: install ok installed
Architecture: i386
Version: 1.0-1

Package: lab-pigeon
Status: install ok triggers-pending
Architecture: all
Version: 5:1.0~3-0
Provides: lab-mail (= 1.0), lab-message:any
`;
  const installed = parseDpkgStatus(status, "amd64");

  test.each([
    ["lab-plain", { version: "2.0-1", status: "installed", held: true }],
    ["lab-plain:amd64", { version: "2.0-1", status: "installed", held: true }],
    ["lab-plain:i386", { version: "1.0-1", status: "installed", held: false }],
    ["lab-alien", { version: "1.0-1", status: "installed", held: false }],
    ["lab-broken", { version: "1.0-1", status: "half-configured", held: false }],
    ["lab-pigeon", { version: "5:1.0~3-0", status: "installed", held: false }],
  ])("has %s", (name, expected) => {
    const foreign = name === "lab-alien" ? { foreign: true } : {};
    expect(installed.find(name)).toEqual([{ ...expected, automatic: false, ...foreign }]);
  });

  test.each(["lab-conf", "lab", "lab-mail", "lab-alien:amd64"])("has no %s", (name) => {
    expect(installed.find(name)).toEqual([]);
  });

  test.each([
    ["lab-mail", "lab-pigeon"],
    ["lab-message", "lab-pigeon"],
    ["lab-messages", undefined],
    ["lab-settings", undefined],
  ])("%s is provided by %p", async (name, provider) => {
    expect(await installed.provider(name)).toBe(provider);
  });
});

test("apt's version table, the candidate first", () => {
  const policy = `lab-plain:
  Installed: 1.0-1
  Candidate: 2.0-1
  Version table:
     3.0-1 100
        100 http://deb.example.org/backports lab/main amd64 Packages
     2.0-1 500
        500 file:/srv/repo/deb lab/main amd64 Packages
 *** 1.0-1 500
        500 file:/srv/repo/deb lab/main amd64 Packages
        100 /var/lib/dpkg/status
lab-mail:
  Installed: (none)
  Candidate: (none)
  Version table:
lab-alien:i386:
  Installed: (none)
  Candidate: 1.0-1
  Version table:
     1.0-1 500
        500 file:/srv/repo/deb lab/main i386 Packages
`;
  expect(parsePolicy("lab-plain", policy)).toEqual(["2.0-1", "3.0-1", "1.0-1"]);
  expect(parsePolicy("lab-mail", policy)).toEqual([]);
  expect(parsePolicy("lab-alien", policy)).toEqual(["1.0-1"]);
  expect(parsePolicy("lab-alien:i386", policy)).toEqual(["1.0-1"]);
  expect(parsePolicy("lab", policy)).toEqual([]);
  expect(parsePolicy("nope", "")).toEqual([]);
});

test("who provides a virtual package", () => {
  const shown = `Package: lab-mail
Versions: 

Reverse Depends: 
Dependencies: 
Provides: 
Reverse Provides: 
lab-postman 1.0-1 (= )
lab-pigeon 1.0-1 (= )
lab-pigeon 2.0-1 (= )
`;
  expect(parseProviders(shown)).toEqual(["lab-pigeon", "lab-postman"]);
  expect(parseProviders("")).toEqual([]);
});

test("what apt can upgrade", () => {
  const listed =
    "Listing...\nlab-plain/lab 2.0-1 amd64 [upgradable from: 1.0-1]\nlibc6/a,now 2.36 i386 [upgradable from: 2.35]\n";
  expect([...parseUpgradable(listed)]).toEqual([
    ["lab-plain:amd64", "2.0-1"],
    ["lab-plain", "2.0-1"],
    ["libc6:i386", "2.36"],
    ["libc6", "2.36"],
  ]);
});

test("rpm's list: epoch, several versions of one name, keys left out", () => {
  const listed =
    "docker\t5\t20.10.0-3\tx86_64\nkernel\t0\t6.1-1\tx86_64\nkernel\t0\t6.2-1\tx86_64\ngpg-pubkey\t0\t1-2\t(none)\n";
  const packages = parseRpms(listed);
  expect(packages.get("docker")).toEqual([{ version: "5:20.10.0-3", status: "installed", held: false }]);
  expect(packages.get("docker.x86_64")).toEqual(packages.get("docker"));
  expect(packages.get("kernel")?.map(({ version }) => version)).toEqual(["6.1-1", "6.2-1"]);
  expect(packages.has("gpg-pubkey")).toBe(false);
});

test("dnf's query, with the blank lines dnf 4 puts between", () => {
  const listed = "lab-plain|0|1.0-1|x86_64\n\nlab-plain|0|2.0-1|x86_64\n\ndocker|5|24.0.0-1|x86_64\n\n";
  expect(parseRepoquery(listed).get("lab-plain")).toEqual(["1.0-1", "2.0-1"]);
  expect(parseRepoquery(listed).get("docker.x86_64")).toEqual(["5:24.0.0-1"]);
  expect(parseRepoquery("").size).toBe(0);
});

test("what dnf would install and remove", () => {
  const line = "================================================================================";
  const summary = `Dependencies resolved.
${line}
 Package             Architecture       Version           Repository       Size
${line}
Removing:
 lab-lib             x86_64             2.0-1             @lab             28  
Removing dependent packages:
 lab-app             x86_64             2.0-1             @lab             28  

Transaction Summary
${line}
Remove  2 Packages

Freed space: 56  
Operation aborted.
`;
  expect(parseSummary(summary)).toEqual(["lab-lib", "lab-app"]);
  const long = `Installing:
 lab-app             x86_64             2.0-1             lab              28
Installing dependencies:
 lab-with-a-name-that-is-longer-than-its-column
                     x86_64             2.0-1             lab              28

Transaction Summary
 Not-a-package
`;
  expect(parseSummary(long)).toEqual(["lab-app", "lab-with-a-name-that-is-longer-than-its-column"]);
  expect(parseSummary("No match for argument: nope\nNo packages marked for removal.\n")).toEqual([]);
});

test("zypper's XML", () => {
  const found = `<?xml version='1.0'?>
<stream>
<message type="info">Reading installed packages...</message>
<search-result version="0.0">
<solvable-list>
<solvable status="other-version" name="lab-plain" kind="package" edition="2.0-1" arch="x86_64" repository="lab"/>
<solvable status="installed" name="lab-plain" kind="package" edition="1.0-1" arch="x86_64" repository="lab"/>
<solvable status="installed" name="lab-plain" kind="package" edition="1.0-1" arch="x86_64" repository="(System Packages)"/>
</solvable-list>
</search-result>
</stream>`;
  expect(parseEditions(found)).toEqual(["2.0-1", "1.0-1"]);
  expect(parseEditions(`<message type="info">No matching items found.</message>`)).toEqual([]);
  const updates = `<update kind="package" name="lab-plain" edition="2.0-1" arch="x86_64" edition-old="1.0-1"><summary>x</summary></update>`;
  expect([...parseUpdates(updates)]).toEqual([["lab-plain", "2.0-1"]]);
});

test("what zypper would install", () => {
  const said =
    "The following 3 NEW packages are going to be installed:\n  lab-app lab-lib lab-plain\n\n3 new packages to install.\n";
  expect(parseListed("installed", said)).toEqual(["lab-app", "lab-lib", "lab-plain"]);
});

test("what zypper would remove", () => {
  const said = `Reading installed packages...
Resolving package dependencies...

The following 2 packages are going to be REMOVED:
  lab-app lab-lib

2 packages to remove.
`;
  expect(parseListed("REMOVED", said)).toEqual(["lab-app", "lab-lib"]);
  expect(parseListed("REMOVED", "Nothing to do.\n")).toEqual([]);
});

test("pacman's repositories in their order, and what is outdated", () => {
  const shown = `Repository      : lab
Name            : lab-plain
Version         : 2.0-1
Description     : lab-plain of the lab

Repository      : lab-old
Name            : lab-plain
Version         : 1.0-1
`;
  expect(parseInfo(shown)).toEqual(["2.0-1", "1.0-1"]);
  expect([...parseOutdated("lab-plain 1.0-1 -> 2.0-1\nlab-lib 1.0-1 -> 2.0-1 [ignored]\n")]).toEqual([
    ["lab-plain", "2.0-1"],
  ]);
});

describe("apk", () => {
  const database = `C:Q1RBoHFKO91Z+phbUa8OID1bzNnBA=
P:lab-app
V:2.0-r0
A:x86_64
D:lab-lib
F:usr/bin
R:lab-app

C:Q1SkHYUN82+yZT4RgfYjbedR/AgCI=
P:lab-pigeon
V:1.0-r0
A:x86_64
p:lab-mail lab-message=1.0-r0

`;

  test("its record", async () => {
    const installed = parseApkDatabase(database);
    expect(installed.find("lab-app")).toEqual([{ version: "2.0-r0", status: "installed", held: false }]);
    expect(installed.find("")).toEqual([]);
    expect(installed.find("lab-mail")).toEqual([]);
    expect(await installed.provider("lab-message")).toBe("lab-pigeon");
    expect(await installed.provider("lab-letter")).toBeUndefined();
  });

  test("its version table, which starts with the oldest", () => {
    const policy = `lab-plain policy:
  1.0-r0:
    /srv/repo/apk
  2.0-r0:
    lib/apk/db/installed
    /srv/repo/apk
`;
    expect(parseApkPolicy(policy)).toEqual(["2.0-r0", "1.0-r0"]);
    expect(parseApkPolicy("")).toEqual([]);
  });

  test("what it can upgrade", () => {
    const listed = `Installed:                                Available:
lab-plain-1.0-r0                        < 2.0-r0 
`;
    expect([...parseApkVersions(listed)]).toEqual([["lab-plain", "2.0-r0"]]);
  });
});
