import { expect, test } from "bun:test";
import { facts } from "../../src/modules/facts/index.ts";
import { user } from "../../src/modules/user/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";
import { ask, thisMachine } from "./_machine.ts";

const machine = (files: { readonly [path: string]: string }, commands: FakeCommands = {}) =>
  new FakeSystem(commands, {}, { files });

test("packages: what is installed, by each system's own manager, and not what left its configuration", async () => {
  const dpkg = "installed\tzsh\t5.9-4\tamd64\ninstalled\tbash\t5.2-2\tamd64\nconfig-files\tgone\t1\tall\n";
  const argv = "dpkg-query -W -f ${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n";
  const debian = machine({ "/etc/os-release": "ID=debian\n" }, { [argv]: dpkg, "apt-get": "" });
  expect(await ask(facts, "facts.packages", {}, debian)).toEqual([
    { name: "bash", version: "5.2-2", arch: "amd64" },
    { name: "zsh", version: "5.9-4", arch: "amd64" },
  ]);
  const list =
    "busybox-1.36.1-r5 x86_64 {busybox} (GPL-2.0-only) [installed]\nlib-x-2.0-r0 x86_64 {x} (MIT) [installed]\n";
  const alpine = machine({ "/etc/os-release": "ID=alpine\n" }, { "apk list --installed": list, apk: "" });
  expect(await ask(facts, "facts.packages", {}, alpine)).toEqual([
    { name: "busybox", version: "1.36.1-r5", arch: "x86_64" },
    { name: "lib-x", version: "2.0-r0", arch: "x86_64" },
  ]);
});

test("services: what systemd runs and what is enabled; of scripts what is started at boot", async () => {
  const words = "--type=service --no-legend --no-pager --full";
  const systemd = machine(
    { "/run/systemd/system/.keep": "" },
    {
      [`systemctl list-units --all --plain ${words}`]:
        "ssh.service loaded active running OpenSSH\n● bad.service loaded failed failed X\n",
      [`systemctl list-unit-files ${words}`]: "ssh.service enabled enabled\nidle.service disabled enabled\n",
    },
  );
  expect(await ask(facts, "facts.services", {}, systemd)).toEqual([
    { name: "bad", state: "failed", enabled: false },
    { name: "idle", state: "stopped", enabled: false },
    { name: "ssh", state: "running", enabled: true },
  ]);
  const scripts = machine({ "/etc/init.d/cron": "", "/etc/init.d/README": "", "/etc/rc2.d/S01cron": "" });
  expect(await ask(facts, "facts.services", {}, scripts)).toEqual([{ name: "cron", state: "unknown", enabled: true }]);
});

test("mounts and devices: what the kernel shows, with space and names where there are any", async () => {
  const system = machine(
    {
      "/proc/self/mounts": "/dev/sda1 / ext4 rw,relatime 0 0\ntmpfs /srv/a\\040b tmpfs rw 0 0\n",
      "/sys/block/sda/size": "4096\n",
      "/sys/block/sda/ro": "0\n",
      "/sys/block/sda/removable": "1\n",
      "/sys/block/sda/sda1/partition": "1\n",
      "/sys/block/sda/sda1/size": "2048\n",
      "/dev/disk/by-uuid/.keep": "",
    },
    {
      "df -P -k":
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /\ntmpfs 8 0 8 0% /srv/a b\n",
    },
  );
  // Links below /dev are the kernel's own; here is one that says so.
  const links = Object.assign(Object.create(system) as typeof system, {
    list: (path: string) => (path === "/dev/disk/by-uuid" ? ["12-34"] : system.list(path)),
    lstat: (path: string) => (path.endsWith("/12-34") ? { type: "link" } : system.lstat(path)),
    readLink: () => "../../sda1",
  });
  expect(await ask(facts, "facts.mounts", {}, system)).toEqual([
    { source: "/dev/sda1", path: "/", fstype: "ext4", options: ["rw", "relatime"], size: 102_400, available: 61_440 },
    { source: "tmpfs", path: "/srv/a b", fstype: "tmpfs", options: ["rw"], size: 8192, available: 8192 },
  ]);
  expect(await ask(facts, "facts.devices", {}, links)).toEqual([
    {
      name: "sda",
      path: "/dev/sda",
      size: 2_097_152,
      removable: true,
      read_only: false,
      rotational: false,
      model: "",
      partitions: [{ name: "sda1", path: "/dev/sda1", size: 1_048_576, uuid: "12-34" }],
    },
  ]);
});

test("getent answers from files, from whatever else `getent` knows, and nil of what there is none", async () => {
  const system = machine(
    { "/etc/passwd": "root:x:0:0:r:/root:/bin/sh\n" },
    {
      "getent passwd ldap": "ldap:x:9:9::/home/ldap:/bin/sh\n",
      "getent passwd none": { exitCode: 2 },
      "getent services ssh": "ssh                   22/tcp\n",
      "getent group": "root:x:0:\nops:x:5:ana,ben\n",
    },
  );
  const known = (database: string, key?: string) =>
    ask(facts, "facts.getent", { database, ...(key && { key }) }, system);
  expect(await known("passwd", "root")).toEqual(["root", "x", "0", "0", "r", "/root", "/bin/sh"]);
  expect(system.asked).toEqual([]);
  expect(await known("passwd", "ldap")).toMatchObject({ 0: "ldap", 5: "/home/ldap" });
  expect(await known("passwd", "none")).toBeNull();
  expect(await known("services", "ssh")).toEqual(["ssh", "22/tcp"]);
  expect(await known("group")).toEqual([
    ["root", "x", "0", ""],
    ["ops", "x", "5", "ana,ben"],
  ]);
  expect(await refusal(known("passwords"))).toContain("did you mean 'passwd'");
});

test("a user who is only planned is known to getent already", async () => {
  const system = machine({}, { "useradd x": "" });
  const host = system.asHost("plan");
  const ensure = user.functions.find(({ name }) => name === "user.ensure");
  if (ensure?.form !== "resource") throw new Error("user.ensure is no resource");
  const on = { machine: host, key: new Uint8Array(32), planning: true, workflowDirectory: "/" };
  await declare(ensure, { name: "ana", home: "/srv/ana" }, on);
  const looking = host.writer({ signal: new AbortController().signal });
  expect(await ask(facts, "facts.getent", { database: "passwd", key: "ana" }, looking)).toMatchObject({
    5: "/srv/ana",
  });
});

test("on this machine each list can be had, and has what every machine has", async () => {
  const on = thisMachine();
  expect(await ask(facts, "facts.users", {}, on)).toContainEqual(expect.objectContaining({ name: "root", uid: 0 }));
  expect(await ask(facts, "facts.mounts", {}, on)).toContainEqual(expect.objectContaining({ path: "/proc" }));
  expect(Array.isArray(await ask(facts, "facts.packages", {}, on))).toBe(true);
  expect(Array.isArray(await ask(facts, "facts.services", {}, on))).toBe(true);
  expect(Array.isArray(await ask(facts, "facts.devices", {}, on))).toBe(true);
});
