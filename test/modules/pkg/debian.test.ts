import { expect, test } from "bun:test";
import type { Value } from "../../../src/base/value.ts";
import { alternativesOf } from "../../../src/modules/pkg/_alternatives.ts";
import { parseAnswers } from "../../../src/modules/pkg/_debconf-database.ts";
import { declare } from "../../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { debian, leaving, paragraph, typeNamed } from "./_apt-machine.ts";

/* What the lab's conformance cases show of the real tools is not shown again: these are the corners, and other machines. */
const keep = (system: FakeSystem, type: string, props: Value, mode: "apply" | "plan" = "apply") =>
  declare(typeNamed(type), props, {
    machine: system.asHost(mode),
    key: new Uint8Array(32),
    planning: mode === "plan",
    workflowDirectory: "/",
  });
const textOf = (system: FakeSystem, path: string): string | null =>
  system.stat(path) === null ? null : Buffer.from(system.readFile(path)).toString();
const other = (id: string, program: string, files: { readonly [path: string]: string }, commands: FakeCommands = {}) =>
  new FakeSystem(commands, {}, { files: { "/etc/os-release": `ID=${id}\n`, ...files }, programs: [program] });

test("a pin is found in its file whatever else stands there", async () => {
  const path = "/etc/apt/preferences.d/docker.pref";
  const before =
    "# why\nExplanation: slow\nPackage: docker-ce\nPin:   version  5:23.*\nPin-Priority: 900\n\nPackage: *\nPin: release a=x\nPin-Priority: 1\n";
  const system = debian("", {}, { files: { [path]: before } });
  const props = { name: "docker", packages: "docker-ce", pin: "version 5:23.*", priority: 900 };
  expect(await keep(system, "pkg.pin", props)).toMatchObject({ action: "none" });
  expect(await keep(system, "pkg.pin", { ...props, priority: 1001 }, "plan")).toMatchObject({
    changes: [{ property: "priority", from: 900, to: 1001 }],
  });
  await keep(system, "pkg.pin", { ...props, priority: 1001 });
  expect(textOf(system, path)).toBe(before.replace("900", "1001"));
  await keep(system, "pkg.pin", { name: "docker", state: "absent" });
  expect(textOf(system, path)).toBeNull();
});

test("packages are held in one go, and only what is installed is", async () => {
  const held = "apt-mark hold -- a b";
  const system = debian(paragraph("a", "1-1") + paragraph("b", "1-1"), {
    [held]: leaving(paragraph("a", "1-1", "hold ok installed") + paragraph("b", "1-1", "hold ok installed")),
    "apt-mark unhold -- a": leaving(paragraph("a", "1-1") + paragraph("b", "1-1", "hold ok installed")),
  });
  expect(await keep(system, "pkg.hold", { name: ["a", "b"] }, "plan")).toMatchObject({ action: "update" });
  expect(await keep(system, "pkg.hold", { name: ["a", "b"] })).toMatchObject({ action: "update" });
  expect(await keep(system, "pkg.hold", { name: ["a", "b"] })).toMatchObject({ action: "none" });
  await keep(system, "pkg.hold", { name: "a", state: "absent" });
  expect(system.ran).toEqual([held, "apt-mark unhold -- a"]);
  expect(await refusal(keep(system, "pkg.hold", { name: "c" }))).toContain("c is not installed, so it cannot be held");
  expect(await keep(system, "pkg.hold", { name: "c", state: "absent" })).toMatchObject({ action: "none" });
});

test("zypper locks, pacman ignores, and dnf says what to do instead", async () => {
  const locks = "/etc/zypp/locks";
  const suse = other(
    "opensuse",
    "zypper",
    { "/etc/zypp/zypp.conf": "" },
    {
      "rpm --query --all --queryformat %{NAME}\\t%{EPOCHNUM}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n":
        "a\t0\t1-1\tx86_64\n",
      "zypper --non-interactive addlock -- a": async (_options, system) => {
        await system.writeFile(locks, Buffer.from("type: package\nmatch_type: glob\nsolvable_name: a\n"), {});
        return "";
      },
    },
  );
  expect(await keep(suse, "pkg.hold", { name: "a" })).toMatchObject({ action: "update" });
  expect(await keep(suse, "pkg.hold", { name: "a" })).toMatchObject({ action: "none" });

  const arch = other("arch", "pacman", {
    "/etc/pacman.conf": "[options]\nIgnorePkg = x\n\n[core]\n",
    "/var/lib/pacman/local/a-1-1/desc": "%NAME%\na\n",
  });
  await keep(arch, "pkg.hold", { name: "a" });
  expect(textOf(arch, "/etc/pacman.conf")).toBe("[options]\nIgnorePkg = x a\n\n[core]\n");
  await keep(arch, "pkg.hold", { name: ["a", "x"], state: "absent" });
  expect(textOf(arch, "/etc/pacman.conf")).toBe("[options]\n\n[core]\n");
  const fedora = other("fedora", "dnf", {});
  expect(await refusal(keep(fedora, "pkg.hold", { name: "a" }))).toContain("dnf has no holds of its own");
  for (const [type, props] of [
    ["pkg.pin", { name: "a", packages: "a", pin: "version 1", priority: 1 }],
    ["pkg.divert", { path: "/a" }],
  ] as const)
    expect(await refusal(keep(fedora, type, props))).toContain("of apt, and this machine has dnf");
});

test("answers of debconf: values of several lines, several packages, none", () => {
  const text = "Name: a/b\nTemplate: a/b\nValue: one\n two\nOwners: x, y\nFlags: seen\n\n\nName: c/d\nOwners: z\n";
  expect([...parseAnswers(text)]).toEqual([
    ["a/b", { value: "one\ntwo", owners: ["x", "y"] }],
    ["c/d", { value: "", owners: ["z"] }],
  ]);
});

test("an answer is given by standard input, a list without regard to its order", async () => {
  const stdin: unknown[] = [];
  const commands: FakeCommands = {
    "debconf-set-selections": async (options, machine) => {
      stdin.push(options.stdin);
      const answer = "Name: n/s\nValue: passwd, group\nOwners: libnss\n";
      await machine.writeFile("/var/cache/debconf/config.dat", Buffer.from(answer), {});
      return "";
    },
  };
  const system = debian("", commands, { files: { "/var/cache/debconf/templates.dat": "" } });
  const props = { package: "libnss", question: "n/s", type: "multiselect", value: ["passwd", "group"] };
  expect(await keep(system, "pkg.debconf", props)).toMatchObject({ action: "create" });
  expect(stdin).toEqual(["libnss n/s multiselect passwd, group\n"]);
  expect(await keep(system, "pkg.debconf", { ...props, value: ["group", "passwd"] })).toMatchObject({ action: "none" });
  expect(await keep(system, "pkg.debconf", { ...props, value: "group, passwd" }, "plan")).toMatchObject({
    action: "none",
  });
});

test.each([
  ["pkg.pin", { name: "a", packages: "a", pin: "version 1", priority: 0 }, "'priority' is 0"],
  ["pkg.pin", { name: "a", packages: "a", pin: "version 1\nPin: x", priority: 1 }, "'version …', 'release …'"],
  ["pkg.pin", { name: "a.b", packages: "a", pin: "version 1", priority: 1 }, "letters, digits"],
  ["pkg.debconf", { package: "a", question: "a/b", type: "boolean", value: "yes" }, "'value' must be true or false"],
  [
    "pkg.debconf",
    { package: "a", question: "a/b", type: "string", value: "x\nb b/c string y" },
    "'value' must be one line",
  ],
  ["pkg.debconf", { package: "a b", question: "a/b", type: "string", value: "x" }, "the name of a package"],
  ["pkg.alternative", { name: "a" }, "takes 'path' or auto = true"],
  ["pkg.alternative", { name: "../a", path: "/b" }, "the name of an alternative"],
  ["pkg.alternative", { name: "new", path: "/var/lib/dpkg/status" }, "'link' is missing, as new is new"],
  ["pkg.alternative", { name: "new", link: "/usr/bin/new", path: "/nowhere" }, "/nowhere does not exist"],
  ["pkg.divert", { path: "/a", to: "/a" }, "'to' is the path itself"],
  ["pkg.divert", { path: "/etc/a" }, "/etc/a.distrib is there already, so a cannot be moved there"],
])("%s refuses, and runs nothing: %#", async (type, props, said) => {
  const files = { "/etc/a": "one", "/etc/a.distrib": "two" };
  const programs = { "update-alternatives": "", "debconf-set-selections": "" };
  const system = debian("", programs, { files });
  expect(await refusal(keep(system, type, props))).toContain(said);
  expect(system.ran).toEqual([]);
});

test("a record of alternatives, followers without a path left out", () => {
  const record = "manual\n/usr/bin/e\ne.1\n/usr/share/e.1\n\n/opt/a\n40\n\n/opt/b\n30\n/opt/b.1\n\n";
  const system = debian("", {}, { files: { "/var/lib/dpkg/alternatives/e": record, "/etc/alternatives/README": "" } });
  system.symlink("/opt/b", "/etc/alternatives/e");
  expect(alternativesOf("e", system)).toEqual({
    isAuto: false,
    link: "/usr/bin/e",
    selected: "/opt/b",
    choices: new Map([
      ["/opt/a", { priority: 40, followers: [] }],
      ["/opt/b", { priority: 30, followers: [{ name: "e.1", link: "/usr/share/e.1", path: "/opt/b.1" }] }],
    ]),
  });
  expect(alternativesOf("f", system)).toBeNull();
});
