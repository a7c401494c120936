import { expect, test } from "bun:test";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { mount } from "../../src/modules/mount/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeAnswer } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const ROOT = "20 1 254:0 / / rw,relatime - ext4 /dev/vda rw";
const FSTAB = "# head\nbroken line\n/dev/vda / ext4 defaults 0 1\n";

/** A machine that mounts what it is told. */
function machine(fstab = FSTAB, table = [ROOT]) {
  const set = (point: string, line?: string) => () => {
    const at = table.findIndex((each) => each.split(" ")[4] === point);
    if (at !== -1) table.splice(at, 1);
    if (line !== undefined) table.push(line);
    return "";
  };
  const data = (options: string): FakeAnswer => set("/data", `21 20 0:30 / /data ${options} - tmpfs tmpfs rw`);
  const system = new FakeSystem(
    {
      "mount -t tmpfs -o nodev,size=1m -- tmpfs /data": data("rw,nodev,relatime"),
      "mount -o remount,noexec,dev -- /data": data("rw,noexec,relatime"),
      "mount -t ext4 -o noexec -- UUID=ab /data": set("/data", "21 20 8:1 / /data rw,noexec - ext4 /dev/sda1 rw"),
      "umount -- /data": set("/data"),
    },
    {},
    { files: { "/etc/fstab": fstab, "/proc/self/mountinfo": () => table.join("\n") } },
  );
  return { system, table };
}

function keep(system: FakeSystem, props: Value, mode: "apply" | "plan" = "apply", name = "mount.ensure") {
  const type = mount.functions.find((each) => each.name === name);
  if (type?.form !== "resource") throw new Error("no resource");
  const bench = { machine: system.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(type, props, { ...bench, workflowDirectory: "/" });
}

const fstabOf = (system: FakeSystem): string => utf8Text(system.readFile("/etc/fstab"));
const DATA = { path: "/data", src: "tmpfs", fstype: "tmpfs", opts: ["nodev", "size=1m"] };

test("writes the line and mounts, remounts for other options, and unmounts for another source", async () => {
  const { system, table } = machine();
  expect(await keep(system, DATA, "plan")).toMatchObject({ changed: true });
  expect([fstabOf(system), table]).toEqual([FSTAB, [ROOT]]);

  await keep(system, DATA);
  expect(fstabOf(system)).toBe(`${FSTAB}tmpfs /data tmpfs nodev,size=1m 0 0\n`);
  expect(system.stat("/data")?.type).toBe("directory");
  expect(await keep(system, { ...DATA, opts: "size=1m,nodev" })).toMatchObject({ changed: false });

  expect(await keep(system, { ...DATA, opts: "noexec" })).toMatchObject({
    changes: [{ property: "opts" }, { property: "in_force", from: ["nodev"], to: ["noexec"] }],
  });
  await keep(system, { ...DATA, src: "UUID=ab", fstype: "ext4", opts: "noexec", pass: 2 }).catch(() => undefined);
  expect(system.ran).toEqual([
    "mount -t tmpfs -o nodev,size=1m -- tmpfs /data",
    "mount -o remount,noexec,dev -- /data",
    "umount -- /data",
    "mount -t ext4 -o noexec -- UUID=ab /data",
  ]);
  expect(fstabOf(system)).toBe(`${FSTAB}UUID=ab /data ext4 noexec 0 2\n`);
});

test("what others unmounted is mounted again, and the line of a mount that is gone goes", async () => {
  const { system, table } = machine();
  await keep(system, DATA);
  table.pop();
  expect(await keep(system, DATA)).toMatchObject({
    changes: [{ property: "mounted" }, { property: "source" }, { property: "in_force" }],
  });
  await keep(system, { path: "/data", state: "unmounted" });
  expect([fstabOf(system).includes("/data"), table.length]).toEqual([true, 1]);
  await keep(system, { path: "/data", state: "absent" });
  expect(fstabOf(system)).toBe(FSTAB);
  expect(await keep(system, { path: "/data", state: "absent" })).toMatchObject({ changed: false });
});

test("present is the line alone; blanks in a path are written as fstab has them", async () => {
  const { system } = machine();
  const disk = { path: "/my disk", src: "/dev/sd b", fstype: "ext4", state: "present" };
  await keep(system, disk);
  expect(fstabOf(system)).toEndWith("/dev/sd\\040b /my\\040disk ext4 defaults 0 0\n");
  expect(await keep(system, disk)).toMatchObject({ changed: false });
  expect(system.ran).toEqual([]);
});

test("a busy mount is named with who keeps it, and its line stays", async () => {
  const line = "tmpfs /data tmpfs defaults 0 0\n";
  const table = `${ROOT}\n21 20 0:30 / /data rw - tmpfs tmpfs rw`;
  const system = new FakeSystem(
    { "umount -- /data": { exitCode: 32, stderr: "umount: /data: target is busy.\n" } },
    {},
    { files: { "/etc/fstab": line, "/proc/self/mountinfo": table } },
  );
  expect(await refusal(keep(system, { path: "/data", state: "absent" }))).toContain(
    "/data is busy: something keeps it",
  );
  expect(fstabOf(system)).toBe(line);
});

test.each([
  [{ path: "/", state: "absent" }, "'path' is /, which stays mounted"],
  [{ path: "data", src: "tmpfs", fstype: "tmpfs" }, "must be an absolute path"],
  [{ path: "/data", fstype: "tmpfs" }, "'src' is missing"],
  [{ path: "/data", src: "tmpfs" }, "'fstype' is missing"],
  [{ path: "/data", src: "a\nb", fstype: "tmpfs" }, "expected one line"],
  [{ path: "/data", src: "tmpfs", fstype: "tmpfs", opts: "a\nb" }, "expected options in one line"],
  [{ path: "/data", state: "mount" }, "did you mean 'mounted'"],
])("refuses %p", async (props, said) => {
  const { system } = machine();
  expect(await refusal(keep(system, props))).toContain(said);
  expect([system.ran, fstabOf(system)]).toEqual([[], FSTAB]);
});

test("remounted gives what is mounted the options that fstab has for it", async () => {
  const { system } = machine();
  await keep(system, DATA);
  const remounted = { path: "/data", state: "remounted" };
  expect(await keep(system, remounted)).toMatchObject({ changed: false });
  await system.writeFile("/etc/fstab", Buffer.from("tmpfs /data tmpfs noexec 0 0\n"), {});
  const changes = [{ property: "in_force", from: ["nodev"], to: ["noexec"] }];
  expect(await keep(system, remounted, "plan")).toMatchObject({ changes });
  expect(await keep(system, remounted)).toMatchObject({ changes });
  expect(await keep(system, remounted)).toMatchObject({ changed: false });
  expect(await refusal(keep(system, { path: "/none", state: "remounted" }))).toContain("nothing is mounted at /none");
});

/** A kernel whose list of swaps is recorded: this one here may not swap. */
function swapping(fstab: string, files: { readonly [path: string]: string } = {}) {
  const active = new Map<string, number>();
  const answer =
    (change: () => void): FakeAnswer =>
    () => {
      change();
      return "";
    };
  let made = "";
  const system = new FakeSystem(
    {
      "fallocate --length 1048576 -- /swapfile": "",
      "blkid --probe --match-tag TYPE --output value -- /swapfile": () => made,
      "blkid --probe --match-tag TYPE --output value -- /dev/sdb": "ext4\n",
      "mkswap -- /swapfile": answer(() => (made = "swap\n")),
      "swapon -- /swapfile": answer(() => active.set("/swapfile", -2)),
      "swapon --priority 7 -- /swapfile": answer(() => active.set("/swapfile", 7)),
      "swapoff -- /swapfile": answer(() => active.delete("/swapfile")),
    },
    {},
    {
      files: {
        "/etc/fstab": fstab,
        "/proc/swaps": () =>
          `Filename Type Size Used Priority\n${[...active].map(([path, pri]) => `${path} file 1 0 ${pri}\n`).join("")}`,
        ...files,
      },
    },
  );
  return { system, active };
}

test("by a recorded /proc/swaps: a swap file is made, used, given another priority, and taken away", async () => {
  const { system, active } = swapping(FSTAB);
  const props = { path: "/swapfile", size: "1M" };
  const swap = (more: object, mode: "apply" | "plan" = "apply") =>
    keep(system, { ...props, ...more }, mode, "mount.swap");
  expect(await swap({}, "plan")).toMatchObject({ action: "create" });
  expect(await swap({})).toMatchObject({ action: "create" });
  expect([fstabOf(system), system.stat("/swapfile")?.mode, [...active]]).toEqual([
    `${FSTAB}/swapfile none swap sw 0 0\n`,
    0o600,
    [["/swapfile", -2]],
  ]);
  expect(await swap({})).toMatchObject({ changed: false });
  expect(await swap({ priority: 7 })).toMatchObject({ changes: [{ property: "priority", from: null, to: 7 }] });
  expect([fstabOf(system).includes("sw,pri=7"), [...active]]).toEqual([true, [["/swapfile", 7]]]);
  active.clear();
  expect(await swap({ priority: 7 })).toMatchObject({ changes: [{ property: "active" }] });
  await swap({ state: "absent" });
  expect([fstabOf(system), system.stat("/swapfile"), active.size]).toEqual([FSTAB, null, 0]);
});

test("nothing is made into swap that holds a file system, and a size is asked for", async () => {
  const { system } = swapping(FSTAB, { "/dev/sdb": "disk" });
  const swap = (props: Value) => refusal(keep(system, props, "apply", "mount.swap"));
  expect(await swap({ device: "/dev/sdb" })).toContain("/dev/sdb holds ext4, which stays");
  expect(await swap({ path: "/none" })).toContain("say how large a file is with size");
  expect(await swap({ path: "/swapfile", size: "much" })).toContain("a size such as 512M or 2G");
  expect(await swap({})).toContain("takes either 'path' or 'device'");
  expect([fstabOf(system), system.stat("/swapfile")]).toEqual([FSTAB, null]);
});

test("a bind inherits the options of what it is a part of, and an option may hold a blank", async () => {
  const table = [ROOT, "19 20 0:31 / /srv rw,nosuid,nodev - tmpfs tmpfs rw"];
  const system = new FakeSystem(
    {
      "mount -t none -o bind -- /srv/a /data": () => {
        table.push("21 20 0:31 /a /data rw,nosuid,nodev - tmpfs tmpfs rw");
        return "";
      },
    },
    {},
    { files: { "/etc/fstab": "", "/srv/a/file": "", "/proc/self/mountinfo": () => table.join("\n") } },
  );
  const bind = { path: "/data", src: "/srv/a", fstype: "none", opts: "bind" };
  await keep(system, bind);
  expect(await keep(system, bind)).toMatchObject({ changed: false });
  expect(system.ran).toEqual(["mount -t none -o bind -- /srv/a /data"]);
  const share = { path: "/c d", src: "//srv/sh are", fstype: "cifs", opts: "credentials=/etc/a b", state: "present" };
  await keep(system, share);
  expect(fstabOf(system)).toContain("//srv/sh\\040are /c\\040d cifs credentials=/etc/a\\040b 0 0\n");
  expect(await keep(system, share)).toMatchObject({ changed: false });
});
