import { expect, test } from "bun:test";
import { FakeSystem, type FakeAnswer, type FakeCommands } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { keeping, typeNamed } from "./_apt-machine.ts";

/* apk as it spoke in apk-tools 2.14.9, run over a repository of the lab's packages. */

const DATABASE = "/lib/apk/db/installed";
const APK = "apk --no-interactive --no-progress";

function alpine(database: string, commands: FakeCommands): FakeSystem {
  const files = {
    "/etc/os-release": "ID=alpine\n",
    [DATABASE]: database,
    "/var/cache/apk/APKINDEX.5c1f5b2d.tar.gz": "",
  };
  return new FakeSystem(commands, {}, { files, programs: ["apk"] });
}

function entry(name: string, version: string, more = ""): string {
  return `C:Q1RBoHFKO91Z+phbUa8OID1bzNnBA=\nP:${name}\nV:${version}\nA:x86_64\n${more}\n`;
}

function leaving(database: string, stdout = ""): FakeAnswer {
  return async (_options, system) => {
    await system.writeFile(DATABASE, Buffer.from(database), {});
    return stdout;
  };
}

const PLAIN_POLICY = `lab-plain policy:
  1.0-r0:
    /srv/repo/apk
  2.0-r0:
    /srv/repo/apk
`;

test("installs a version, then the latest, then has nothing left to do", async () => {
  const outdated =
    "Installed:                                Available:\nlab-plain-1.0-r0                        < 2.0-r0 \n";
  const system = alpine("", {
    "apk policy lab-plain": PLAIN_POLICY,
    [`${APK} add --upgrade lab-plain=1.0-r0`]: leaving(
      entry("lab-plain", "1.0-r0"),
      "(1/1) Installing lab-plain (1.0-r0)\nOK: 0 MiB in 1 packages\n",
    ),
    "apk version --limit <": (_options, machine) =>
      Buffer.from(machine.readFile(DATABASE)).includes("V:2.0") ? outdated.split("\n")[0] + "\n" : outdated,
    [`${APK} add --upgrade lab-plain=2.0-r0`]: leaving(entry("lab-plain", "2.0-r0")),
  });
  const keep = keeping(system);
  const older = { name: "lab-plain", version: "1.0" };
  expect(await keep("pkg.install", older)).toMatchObject({ action: "create" });
  expect(await keep("pkg.install", older)).toMatchObject({ action: "none" });
  const latest = { name: "lab-plain", state: "latest" };
  expect(await keep("pkg.install", latest)).toMatchObject({
    changes: [{ property: "version", from: "1.0-r0", to: "2.0-r0" }],
  });
  expect(await keep("pkg.install", latest)).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([`${APK} add --upgrade lab-plain=1.0-r0`, `${APK} add --upgrade lab-plain=2.0-r0`]);
});

test("a virtual package is a choice, even of one", async () => {
  const system = alpine("", {
    "apk policy lab-mail": "",
    "apk search --exact lab-mail": "lab-pigeon-1.0-r0\nlab-postman-1.0-r0\n",
    "apk policy lab-message": "",
    "apk search --exact lab-message": "lab-pigeon-1.0-r0\n",
    "apk policy nope": "",
    "apk search --exact nope": "",
  });
  const keep = keeping(system);
  expect(await refusal(keep("pkg.install", { name: "lab-mail" }))).toEndWith("choose one of lab-pigeon, lab-postman");
  expect(await refusal(keep("pkg.install", { name: "lab-message" }))).toEndWith("choose one of lab-pigeon");
  expect(await refusal(keep("pkg.install", { name: "nope" }))).toStartWith(
    "E_PACKAGE_UNKNOWN apk knows no package nope",
  );
});

const STAYS = `World updated, but the following packages are not removed due to:
  lab-lib: lab-app

OK: 0 MiB in 4 packages
`;

test("what another package needs is not removed, and that is no success", async () => {
  const both = entry("lab-lib", "2.0-r0") + entry("lab-app", "2.0-r0", "D:lab-lib\n");
  const system = alpine(both, { [`${APK} del lab-lib`]: STAYS, "apk del --simulate lab-lib": STAYS });
  expect(await refusal(keeping(system)("pkg.remove", { name: "lab-lib" }))).toContain("lab-lib: lab-app");
  const want = { name: "lab-lib", state: "present", version: null, updateCache: false, lockTimeoutMs: 0 };
  const removing = typeNamed("pkg.install").undo?.remove?.(want, {}, system) ?? Promise.resolve();
  expect(await refusal(removing)).toBe("E_IN_USE lab-lib stays: with it lab-app would be removed too");
});

test.each([
  [
    "a lock names its holder, whom /proc knows",
    99,
    "ERROR: Unable to lock database: temporary error (try again later)\nERROR: Failed to open apk database: temporary error (try again later)\n",
    "E_PACKAGE_LOCK the package database is locked by another process, still after 0 s",
  ],
  [
    "a failing script is quoted",
    1,
    "lab-plain: cannot find the moon\nERROR: lab-plain-2.0-r0.post-install: script exited with error 3\n",
    "E_PACKAGE_SCRIPT a package's own script failed: lab-plain: cannot find the moon",
  ],
])("%s", async (_what, exitCode, stderr, expected) => {
  const system = alpine("", {
    "apk policy lab-plain": PLAIN_POLICY,
    [`${APK} add --upgrade lab-plain`]: { exitCode, stderr },
  });
  const props = { name: "lab-plain", lock_timeout: 0 };
  expect(await refusal(keeping(system)("pkg.install", props))).toStartWith(expected);
});
