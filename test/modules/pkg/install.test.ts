import { expect, test } from "bun:test";
import type { Value } from "../../../src/base/value.ts";
import { applyPackages } from "../../../src/modules/pkg/_apply.ts";
import { readPackage } from "../../../src/modules/pkg/_package.ts";
import type { FakeAnswer } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import {
  APT,
  SIMULATE,
  STATUS,
  UPDATE,
  debian,
  keeping,
  leaving,
  paragraph,
  policy,
  policyText,
  typeNamed,
} from "./_apt-machine.ts";

const PLAIN = paragraph("lab-plain", "1.0-1");
const WANT = { name: "lab-plain", state: "present", version: null, updateCache: false, lockTimeoutMs: 0 } as const;

test("installs what is absent, then has nothing left to do; plan says so and runs nothing", async () => {
  const system = debian("", { ...policy("lab-plain", "2.0-1"), [`${APT} install -- lab-plain`]: leaving(PLAIN) });
  const planned = keeping(system, "plan");
  expect(await planned("pkg.install", { name: "lab-plain" })).toMatchObject({ action: "create" });
  expect(await planned("pkg.install", { name: "lab-plain" })).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([]);

  const keep = keeping(system);
  expect(await keep("pkg.install", { name: "lab-plain" })).toMatchObject({
    action: "create",
    stated: [{ status: "installed" }],
  });
  expect(await keep("pkg.install", { name: "lab-plain", state: "installed" })).toMatchObject({ action: "none" });
  expect(await keep("pkg.install", { name: "lab-plain", state: "present" })).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([`${APT} install -- lab-plain`]);
});

test("a version is had whatever revision it comes with; a lower one is a downgrade", async () => {
  const versions = policy("docker", "5:24.0.0-1", "5:20.10.0-3");
  const lower = "dpkg --compare-versions 5:20.10.0-3 lt 5:24.0.0-1";
  const install = `${APT} --allow-downgrades install -- docker=5:20.10.0-3`;
  const system = debian(paragraph("docker", "5:24.0.0-1"), {
    ...versions,
    [lower]: "",
    [install]: leaving(paragraph("docker", "5:20.10.0-3")),
  });
  const props = { name: "docker", version: "20.10.0" };
  const change = { property: "version", from: "5:24.0.0-1", to: "20.10.0" };
  expect(await keeping(system, "plan")("pkg.install", props)).toMatchObject({ action: "update", changes: [change] });
  const keep = keeping(system);
  expect(await keep("pkg.install", props)).toMatchObject({
    action: "update",
    changes: [change],
    stated: [{ status: "installed", version: "20.10.0" }],
  });
  expect(await keep("pkg.install", props)).toMatchObject({
    action: "none",
    stated: [{ status: "installed", version: "20.10.0" }],
  });
  expect(system.ran).toEqual([install]);
  const want = { ...WANT, name: "docker", version: "20.10.0" };
  expect(await readPackage(want, system)).toEqual({
    manual: true,
    version: "20.10.0",
    full_version: "5:20.10.0-3",
    status: "installed",
  });
});

test("latest differs only where the index has better, and states nothing that an upgrade by others would break", async () => {
  const list = "apt list --upgradable";
  const system = debian(PLAIN, {
    ...policy("lab-plain", "2.0-1", "1.0-1"),
    [list]: (_options, machine) =>
      Buffer.from(machine.readFile(STATUS)).includes("2.0-1")
        ? "Listing...\n"
        : "Listing...\nlab-plain/lab 2.0-1 amd64 [upgradable from: 1.0-1]\n",
    "dpkg --compare-versions 2.0-1 lt 1.0-1": { exitCode: 1 },
    [`${APT} install -- lab-plain=2.0-1`]: leaving(paragraph("lab-plain", "2.0-1")),
  });
  const props = { name: "lab-plain", state: "latest" };
  const changes = [{ property: "version", from: "1.0-1", to: "2.0-1" }];
  const planned = keeping(system, "plan");
  expect(await planned("pkg.install", props)).toMatchObject({ action: "update", changes });
  expect(await planned("pkg.install", props)).toMatchObject({ action: "none" });
  const keep = keeping(system);
  expect(await keep("pkg.install", props)).toMatchObject({
    action: "update",
    changes,
    stated: [{ status: "installed", upgrade: null }],
  });
  expect(await keep("pkg.install", props)).toMatchObject({ action: "none" });
});

test("several packages are one transaction, of which those that are there are left out", async () => {
  const all = paragraph("a", "1-1") + paragraph("b", "1-1") + paragraph("c", "1-1");
  const system = debian(paragraph("b", "1-1"), {
    ...policy("a", "1-1"),
    ...policy("c", "1-1"),
    [`${APT} install -- a c`]: leaving(all),
  });
  const want = (name: string) => ({ ...WANT, name });
  const diff = { action: "create", changes: [], actual: null, desired: {} } as const;
  await applyPackages(
    [
      { want: want("a"), diff },
      { want: want("c"), diff },
    ],
    system,
  );
  expect(system.ran).toEqual([`${APT} install -- a c`]);
  expect(typeNamed("pkg.install").expand?.({ name: ["a", "b", "a"] }, system as never, system as never)).toEqual([
    { name: ["a"] },
    { name: ["b"] },
  ]);
});

test("plan knows what comes along with a package planned before", async () => {
  const system = debian("", {
    ...policy("lab-app", "2.0-1"),
    ...policy("lab-lib", "2.0-1", "1.0-1"),
    ...policy("lab-plain", "2.0-1"),
    "apt-get --simulate --option=Debug::NoLocking=1 install -- lab-app":
      "Inst lab-lib (2.0-1 lab [amd64])\nInst lab-app (2.0-1 lab [amd64])\nConf lab-lib (2.0-1 lab [amd64])\n",
  });
  const planned = keeping(system, "plan");
  expect(await planned("pkg.install", { name: "lab-app" })).toMatchObject({ action: "create" });
  expect(await planned("pkg.install", { name: "lab-lib" })).toMatchObject({
    changes: [{ property: "manual", from: false, to: true }],
  });
  expect(await planned("pkg.install", { name: "lab-lib", version: "1.0" })).toMatchObject({
    changes: [{ property: "version", from: "2.0-1", to: "1.0" }],
  });
  expect(await planned("pkg.install", { name: "lab-plain" })).toMatchObject({ action: "create" });
  expect(system.ran).toEqual([]);
});

test("removes, with what needs it; configuration left behind is no package", async () => {
  const system = debian(PLAIN, {
    [`${SIMULATE} remove -- lab-plain`]: "Remv lab-app [2.0-1]\nRemv lab-plain [1.0-1]\n",
    [`${APT} remove -- lab-plain`]: leaving(paragraph("lab-plain", "1.0-1", "deinstall ok config-files")),
  });
  expect(await keeping(system, "plan")("pkg.remove", { name: "lab-plain" })).toMatchObject({
    action: "delete",
    changes: [
      { property: "exists", from: true, to: false },
      { property: "removes", from: null, to: ["lab-app"] },
    ],
  });
  const keep = keeping(system);
  expect(await keep("pkg.remove", { name: "lab-plain" })).toMatchObject({ action: "delete" });
  expect(await keep("pkg.install", { name: "lab-plain", state: "absent" })).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([`${APT} remove -- lab-plain`]);
});

test("what another package provides is present, and nothing to remove", async () => {
  const system = debian(paragraph("lab-pigeon", "1.0-1", undefined, "Provides: lab-mail\n"), {});
  const keep = keeping(system);
  expect(await keep("pkg.install", { name: "lab-mail" })).toMatchObject({ action: "none" });
  expect(await keep("pkg.remove", { name: "lab-mail" })).toMatchObject({ action: "none" });
});

test("one whose installation stopped half-way is taken up again", async () => {
  const system = debian(paragraph("lab-broken", "1.0-1", "install ok half-configured"), {
    ...policy("lab-broken", "1.0-1"),
    [`${APT} install -- lab-broken`]: leaving(paragraph("lab-broken", "1.0-1")),
  });
  expect(await keeping(system)("pkg.install", { name: "lab-broken" })).toMatchObject({
    action: "update",
    changes: [{ property: "status", from: "half-configured", to: "installed" }],
  });
});

test("an index never fetched is fetched first, once", async () => {
  const system = debian(
    "",
    {
      [UPDATE]: async (_options, machine) => {
        await machine.writeFile("/var/lib/apt/lists/new_Packages", Buffer.from(""), {});
        return "";
      },
      ...policy("a", "1-1"),
      ...policy("b", "1-1"),
      [`${APT} install -- a`]: leaving(paragraph("a", "1-1")),
      [`${APT} install -- b`]: leaving(paragraph("a", "1-1") + paragraph("b", "1-1")),
    },
    { files: { "/var/lib/apt/lists/lab_Packages": "" } },
  );
  system.unlink("/var/lib/apt/lists/lab_Packages");
  const keep = keeping(system);
  await keep("pkg.install", { name: "a" });
  await keep("pkg.install", { name: "b" });
  expect(system.ran).toEqual([UPDATE, `${APT} install -- a`, `${APT} install -- b`]);
});

test("an index is fetched on request only when there is something to install", async () => {
  const system = debian("", {
    [UPDATE]: "",
    ...policy("lab-plain", "1.0-1"),
    [`${APT} install -- lab-plain`]: leaving(PLAIN),
  });
  const keep = keeping(system);
  const props = { name: "lab-plain", update_cache: true };
  await keep("pkg.install", props);
  expect(await keep("pkg.install", props)).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([UPDATE, `${APT} install -- lab-plain`]);
});

test("a dpkg that was cut off is finished first", async () => {
  const configure = "dpkg --force-confdef --force-confold --configure --pending";
  const system = debian(
    "",
    { [configure]: "", ...policy("lab-plain", "1.0-1"), [`${APT} install -- lab-plain`]: leaving(PLAIN) },
    { files: { "/var/lib/dpkg/updates/0000": "", "/var/lib/dpkg/updates/tmp.i": "" } },
  );
  await keeping(system)("pkg.install", { name: "lab-plain" });
  expect(system.ran).toEqual([configure, `${APT} install -- lab-plain`]);
});

test("it is only removed with the stack when nothing else would go", async () => {
  const simulate = "apt-get --simulate --option=Debug::NoLocking=1 remove -- lab-lib";
  const type = typeNamed("pkg.install");
  const want = { ...WANT, name: "lab-lib" };
  const there = paragraph("lab-lib", "2.0-1");
  const needed = debian(there, { [simulate]: "Remv lab-app [2.0-1]\nRemv lab-lib [2.0-1]\n" });
  expect(await refusal(type.undo?.remove?.(want, {}, needed) ?? Promise.resolve())).toBe(
    "E_IN_USE lab-lib stays: with it lab-app would be removed too",
  );
  const alone = debian(there, { [simulate]: "Remv lab-lib [2.0-1]\n", [`${APT} remove -- lab-lib`]: "" });
  await type.undo?.remove?.(want, {}, alone);
  expect(alone.ran).toEqual([`${APT} remove -- lab-lib`]);
});

test.each<[string, Value, RegExp]>([
  ["a version and latest", { name: "a", version: "1", state: "latest" }, /'version' cannot go with state = "latest"/],
  ["a version of several", { name: ["a", "b"], version: "1" }, /'version' is of one package/],
  ["an option", { name: "--purge" }, /'name.*expected the name of a package/],
  ["apt's sign for removal", { name: "nginx-" }, /expected the name of a package/],
  ["a pattern", { name: "nginx*" }, /expected the name of a package/],
  ["a version that is an option", { name: "a", version: "-1" }, /'version' is '-1', expected a version/],
  ["an unknown field", { name: "a", sate: "latest" }, /unknown field 'sate'; did you mean 'state'/],
])("%s is refused before anything is looked at", async (_what, props, expected) => {
  const system = debian("", {});
  expect(await refusal(keeping(system)("pkg.install", props))).toMatch(expected);
  expect(system.asked).toEqual([]);
});

test("what has to make room is told in plan and run, and is no part of what is kept", async () => {
  const system = debian(paragraph("exim", "4-1"), {
    ...policy("postfix", "3-1"),
    [`${SIMULATE} install -- postfix`]: "Remv exim [4-1]\nInst postfix (3-1 lab [amd64])\n",
    [`${APT} install -- postfix`]: leaving(paragraph("postfix", "3-1")),
  });
  const changes = [
    { property: "status", from: null, to: "installed" },
    { property: "removes", from: null, to: ["exim"] },
  ];
  expect(await keeping(system, "plan")("pkg.install", { name: "postfix" })).toMatchObject({ changes });
  const made = await keeping(system)("pkg.install", { name: "postfix" });
  expect(made).toMatchObject({ changes, stated: [{ status: "installed", manual: true }] });
  expect(Object.keys(made.stated[0] ?? {})).not.toContain("removes");
});

const AUTO = { "/var/lib/apt/extended_states": "Package: lab-lib\nArchitecture: amd64\nAuto-Installed: 1\n" };

test("what is declared is wanted for itself, also when it came for another", async () => {
  const marked: FakeAnswer = async (_options, system) => {
    await system.writeFile("/var/lib/apt/extended_states", Buffer.from(""), {});
    return "";
  };
  const system = debian(paragraph("lab-lib", "1.0-1"), { "apt-mark manual -- lab-lib": marked }, { files: AUTO });
  const change = { property: "manual", from: false, to: true };
  expect(await keeping(system, "plan")("pkg.install", { name: "lab-lib" })).toMatchObject({ changes: [change] });
  expect(await keeping(system)("pkg.install", { name: "lab-lib" })).toMatchObject({ changes: [change] });
  expect(system.ran).toEqual(["apt-mark manual -- lab-lib"]);
  expect(await keeping(system)("pkg.install", { name: "lab-lib" })).toMatchObject({ changed: false });
});

test("a package of another architecture counts by its bare name only where there is none of our own", async () => {
  const files = { "/var/lib/dpkg/arch": "amd64\ni386\n" };
  const foreign = paragraph("lab-ma", "1.0-1").replace("amd64", "i386");
  const native = (text: string) => ({ "apt-cache policy lab-ma:amd64": text });
  const both = debian(
    foreign,
    {
      ...policy("lab-ma", "1.0-1"),
      ...native(policyText("lab-ma", "1.0-1")),
      [`${APT} install -- lab-ma`]: leaving(foreign + paragraph("lab-ma", "1.0-1")),
    },
    { files },
  );
  expect(await keeping(both)("pkg.install", { name: "lab-ma" })).toMatchObject({ action: "create" });
  expect(await keeping(both)("pkg.install", { name: "lab-ma" })).toMatchObject({ changed: false });
  const alone = debian(foreign, native(""), { files });
  expect(await keeping(alone)("pkg.install", { name: "lab-ma" })).toMatchObject({ changed: false });
});

test("the exact version is had although another one has it too", async () => {
  const system = debian(paragraph("lab-dfsg", "1.0+dfsg1-2"), {
    ...policy("lab-dfsg", "1.0+dfsg1-2", "1.0"),
    "dpkg --compare-versions 1.0 lt 1.0+dfsg1-2": "",
    [`${APT} --allow-downgrades install -- lab-dfsg=1.0`]: leaving(paragraph("lab-dfsg", "1.0")),
  });
  const props = { name: "lab-dfsg", version: "1.0" };
  expect(await keeping(system)("pkg.install", props)).toMatchObject({ action: "update" });
  expect(await keeping(system)("pkg.install", props)).toMatchObject({ changed: false });
});

test("with the stack goes what provides the name that was asked for", async () => {
  const there = paragraph("lab-postman", "1.0-1", undefined, "Provides: lab-sole\n");
  const system = debian(there, {
    [`${SIMULATE} remove -- lab-postman`]: "Remv lab-postman [1.0-1]\n",
    [`${APT} remove -- lab-postman`]: leaving(""),
  });
  await typeNamed("pkg.install").undo?.remove?.({ ...WANT, name: "lab-sole" }, {}, system);
  expect(system.ran).toEqual([`${APT} remove -- lab-postman`]);
});

test("what is recommended comes along as it is asked", async () => {
  const argv = `${APT} install --option=APT::Install-Recommends=false -- lab-plain`;
  const system = debian("", { ...policy("lab-plain", "1.0-1"), [argv]: leaving(PLAIN) });
  const props = { name: "lab-plain", recommends: false };
  expect(await keeping(system)("pkg.install", props)).toMatchObject({ action: "create" });
  expect(await keeping(system)("pkg.install", props)).toMatchObject({ changed: false });
});

test("an index that is too old is fetched before an installation, and only then", async () => {
  const system = debian("", {
    ...policy("lab-plain", "1.0-1"),
    [UPDATE]: "",
    [`${APT} install -- lab-plain`]: leaving(PLAIN),
    [`${APT} remove -- lab-plain`]: leaving(""),
    [`${SIMULATE} remove -- lab-plain`]: "Remv lab-plain [1.0-1]\n",
  });
  const hours = (ago: number): void => {
    const at = Date.now() - ago * 3_600_000;
    system.utimes("/var/lib/apt/lists", at, at);
  };
  const props = { name: "lab-plain", cache_valid_time: "2h" };
  hours(1);
  await keeping(system)("pkg.install", props);
  expect(system.ran).toEqual([`${APT} install -- lab-plain`]);
  hours(3);
  await keeping(system)("pkg.install", props);
  expect(system.ran).toHaveLength(1);
  await keeping(system)("pkg.remove", { name: "lab-plain" });
  await keeping(system)("pkg.install", props);
  expect(system.ran.slice(2)).toEqual([UPDATE, `${APT} install -- lab-plain`]);
  await keeping(system)("pkg.remove", { name: "lab-plain" });
  await keeping(system)("pkg.install", props);
  expect(system.ran.filter((command) => command === UPDATE)).toHaveLength(1);
});

test("purge takes the configuration too, also of what was removed before", async () => {
  const left = paragraph("lab-conf", "1.0-1", "deinstall ok config-files");
  const system = debian(left, { [`${APT} purge -- lab-conf`]: leaving("") });
  expect(await keeping(system)("pkg.remove", { name: "lab-conf" })).toMatchObject({ changed: false });
  const props = { name: "lab-conf", purge: true };
  expect(await keeping(system, "plan")("pkg.remove", props)).toMatchObject({ action: "delete" });
  expect(await keeping(system)("pkg.remove", props)).toMatchObject({ action: "delete" });
  expect(await keeping(system)("pkg.remove", props)).toMatchObject({ changed: false });
});
