import { expect, test } from "bun:test";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { limits } from "../../src/modules/limits/index.ts";
import { sudo } from "../../src/modules/sudo/index.ts";
import { system as systemModule } from "../../src/modules/system/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const TYPES = [limits, sudo, systemModule].flatMap(({ functions }) => functions);

function machine(files: { readonly [path: string]: string | (() => string) }, commands: FakeCommands = {}) {
  return new FakeSystem(commands, {}, { files });
}

function keep(machine: FakeSystem, name: string, props: Value, mode: "apply" | "plan" = "apply") {
  const type = TYPES.find((each) => each.name === name);
  if (type?.form !== "resource") throw new Error(`${name} is no resource`);
  const bench = { machine: machine.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(type, props, { ...bench, workflowDirectory: "/" });
}

const textOf = (system: FakeSystem, path: string): string | null =>
  system.stat(path) === null ? null : utf8Text(system.readFile(path));

test("a limit is changed in its line, and added at the end", async () => {
  const path = "/etc/security/limits.conf";
  const system = machine({ [path]: "# head\n@ops hard nproc   20   # few\nbad line\n" });
  const nproc = { domain: "@ops", type: "hard", item: "nproc", value: 30 };
  expect(await keep(system, "limits.entry", nproc)).toMatchObject({
    changes: [{ property: "value", from: "20", to: "30" }],
  });
  await keep(system, "limits.entry", { ...nproc, type: "soft", value: "unlimited", comment: "all" });
  expect(textOf(system, path)).toBe(
    "# head\n@ops\thard\tnproc\t30\t# few\nbad line\n@ops\tsoft\tnproc\tunlimited\t#all\n",
  );
  expect(await keep(system, "limits.entry", nproc)).toMatchObject({ changed: false });
  expect(await keep(system, "limits.entry", { ...nproc, state: "absent" })).toMatchObject({ action: "delete" });
});

test("a line of hosts is found by its first name, and keeps its comment", async () => {
  const system = machine({ "/etc/hosts": "127.0.0.1\tlocalhost\n::1 localhost\n10.0.0.1  db old # rack 3\n" });
  const db = { ip: "10.0.0.2", names: ["db", "db.example.org"] };
  expect(await keep(system, "system.hosts_entry", db)).toMatchObject({
    changes: [{ property: "ip" }, { property: "names" }],
  });
  expect(textOf(system, "/etc/hosts")).toBe(
    "127.0.0.1\tlocalhost\n::1 localhost\n10.0.0.2\tdb db.example.org # rack 3\n",
  );
  expect(await keep(system, "system.hosts_entry", db)).toMatchObject({ changed: false });
  expect(await keep(system, "system.hosts_entry", { ip: "::1", names: "localhost" })).toMatchObject({ changed: false });
  await keep(system, "system.hosts_entry", { ...db, state: "absent" });
  expect(textOf(system, "/etc/hosts")).toBe("127.0.0.1\tlocalhost\n::1 localhost\n");
});

test("a rule of sudo is written as sudoers has it, for root alone", async () => {
  const system = machine({});
  const rule = {
    name: "deploy",
    group: "ops",
    commands: ["/bin/a", "/bin/b -x"],
    runas: "app",
    defaults: ["!requiretty"],
  };
  await keep(system, "sudo.rule", rule, "plan");
  expect(await keep(system, "sudo.rule", rule)).toMatchObject({ action: "create" });
  expect(textOf(system, "/etc/sudoers.d/deploy")).toBe(
    "Defaults:%ops !requiretty\n%ops ALL=(app)NOPASSWD: /bin/a, /bin/b -x\n",
  );
  expect(system.stat("/etc/sudoers.d/deploy")?.mode).toBe(0o440);
  expect(await keep(system, "sudo.rule", rule)).toMatchObject({ changed: false });
  await keep(system, "sudo.rule", { name: "deploy", state: "absent" });
  expect(system.stat("/etc/sudoers.d/deploy")).toBeNull();
});

test("what visudo refuses, read among all that sudo reads, is not there, and a plan says so", async () => {
  const path = "/etc/sudoers.d/deploy";
  const read: string[] = [];
  const visudo = ({ stdin = "" }: { readonly stdin?: Uint8Array | string | undefined }) => {
    const text = typeof stdin === "string" ? stdin : utf8Text(stdin);
    read.push(text);
    return /root::|broken/.test(text) ? { exitCode: 1, stderr: "stdin:3:1: syntax error" } : "";
  };
  const files = {
    "/etc/sudoers": "Defaults env_reset\n@includedir /etc/sudoers.d\nroot ALL=(ALL) ALL\n",
    "/etc/sudoers.d/aaa": "aaa ALL=ALL\n",
    "/etc/sudoers.d/zzz": "zzz ALL=ALL\n",
    "/etc/sudoers.d/zzz.bak": "not read\n",
  };
  const system = machine(files, { "visudo -cf -": visudo });
  const bad = { name: "deploy", user: "ana", commands: "ALL", runas: "root::" };
  for (const mode of ["plan", "apply"] as const)
    expect(await refusal(keep(system, "sudo.rule", bad, mode))).toContain(
      "stdin:3:1: syntax error; nothing was changed",
    );
  expect(system.stat(path)).toBeNull();

  await keep(system, "sudo.rule", { name: "deploy", user: "ana", commands: "ALL" });
  expect(read.at(-1)).toBe(
    "Defaults env_reset\naaa ALL=ALL\n\nana ALL=NOPASSWD: ALL\n\nzzz ALL=ALL\n\nroot ALL=(ALL) ALL\n",
  );
  const broken = machine({ ...files, "/etc/sudoers.d/zzz": "broken\n" }, { "visudo -cf -": visudo });
  const good = { name: "deploy", user: "ana", commands: "ALL" };
  expect(await refusal(keep(broken, "sudo.rule", good))).toContain("refused without it too");
});

test("a time zone is a link, and the name in /etc/timezone where that is in use", async () => {
  const zones = { "/usr/share/zoneinfo/Etc/UTC": "", "/usr/share/zoneinfo/Europe/Lisbon": "" };
  const system = machine({ ...zones, "/etc/timezone": "Etc/UTC\n" });
  system.symlink("../usr/share/zoneinfo/Etc/UTC", "/etc/localtime");
  expect(await keep(system, "system.timezone", { name: "Etc/UTC" })).toMatchObject({ changed: false });
  const lisbon = { name: "Europe/Lisbon" };
  expect(await keep(system, "system.timezone", lisbon, "plan")).toMatchObject({ action: "update" });
  expect(await keep(system, "system.timezone", lisbon)).toMatchObject({
    changes: [{ property: "zone" }, { property: "timezone_file" }],
  });
  expect(system.readLink("/etc/localtime")).toBe("/usr/share/zoneinfo/Europe/Lisbon");
  expect(textOf(system, "/etc/timezone")).toBe("Europe/Lisbon\n");
  expect(await keep(system, "system.timezone", lisbon)).toMatchObject({ changed: false });
  expect(await refusal(keep(system, "system.timezone", { name: "Europe/Lisboa" }))).toContain(
    "there is no time zone Europe/Lisboa",
  );
});

test("a name is kept in /etc/hostname and in force", async () => {
  let running = "old";
  const rename = () => {
    running = "web-1";
    return "";
  };
  const system = machine(
    { "/etc/hostname": "# ours\nold\n", "/proc/sys/kernel/hostname": () => `${running}\n` },
    { "hostname web-1": rename },
  );
  const named = { name: "web-1" };
  expect(await keep(system, "system.hostname", named, "plan")).toMatchObject({ action: "update" });
  expect(running).toBe("old");
  expect(await keep(system, "system.hostname", named)).toMatchObject({
    changes: [{ property: "name" }, { property: "running" }],
  });
  expect([textOf(system, "/etc/hostname"), running]).toEqual(["web-1\n", "web-1"]);
  expect(await keep(system, "system.hostname", named)).toMatchObject({ changed: false });
});

test.each([
  ["limits.entry", { domain: "ana", type: "medium", item: "nofile", value: 1 }, "expected one of 'soft', 'hard', '-'"],
  ["limits.entry", { domain: "ana", type: "soft", item: "nofiles", value: 1 }, "did you mean 'nofile'"],
  [
    "limits.entry",
    { domain: "ana", type: "soft", item: "nofile", value: "many" },
    "'value' is 'many', expected a number",
  ],
  ["limits.entry", { domain: "a b", type: "soft", item: "nofile", value: 1 }, "expected a name without blanks"],
  ["system.hosts_entry", { ip: "10.0.0.300", names: "a" }, "expected an IPv4 or IPv6 address"],
  ["system.hosts_entry", { ip: "10.0.0.3", names: "a b" }, "expected the name of a host"],
  ["system.hosts_entry", { ip: "10.0.0.3", names: {} }, "'names' is empty"],
  ["system.hostname", { name: "web_02" }, "letters, digits and '-'"],
  ["system.hostname", { name: "-lead" }, "letters, digits and '-'"],
  ["system.timezone", { name: "../../etc/passwd" }, "expected the name of a time zone"],
  ["sudo.rule", { name: "a.b", user: "ana", commands: "ALL" }, "letters, digits, '_' and '-'"],
  ["sudo.rule", { name: "a", user: "ana", group: "ops", commands: "ALL" }, "takes either 'user' or 'group'"],
  ["sudo.rule", { name: "a", user: "ana", commands: "cp" }, "'commands' has 'cp', which is no absolute path"],
  ["sudo.rule", { name: "a", user: "ana", commands: "/bin/a\nana ALL=ALL" }, "must each be one line"],
])("%s refuses %p", async (name, props, said) => {
  expect(await refusal(keep(machine({}), name, props))).toContain(said);
});
