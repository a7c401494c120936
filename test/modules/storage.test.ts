import { expect, test } from "bun:test";
import { ftruncateSync, openSync, closeSync } from "node:fs";
import { join } from "node:path";
import type { Value } from "../../src/base/value.ts";
import { storage } from "../../src/modules/storage/index.ts";
import { bench, declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { refusal } from "./_call.ts";

const type = (() => {
  const [found] = storage.functions;
  if (found?.form !== "resource") throw new Error("no resource");
  return found;
})();
const real = needs(
  process.geteuid?.() === 0 && Bun.which("mkfs.ext4") !== null && Bun.which("blkid") !== null,
  "root, e2fsprogs and blkid",
);

real("with the real tools: made once, another label, and nothing made over what is there", async () => {
  using directory = temporaryDirectory();
  const device = join(directory.path, "disk");
  const file = openSync(device, "w");
  ftruncateSync(file, 8 << 20);
  closeSync(file);
  const keep = (props: object, mode: "apply" | "plan" = "apply") =>
    declare(type, { device, type: "ext4", ...props } as Value, bench(mode));
  expect(await keep({ label: "a b" }, "plan")).toMatchObject({ action: "create" });
  expect(await keep({ label: "a b", options: ["-m", "0"] })).toMatchObject({ action: "create" });
  expect(await keep({ label: "a b" })).toMatchObject({ changed: false });
  expect(await keep({ label: "c" })).toMatchObject({ changes: [{ property: "label", from: "a b", to: "c" }] });
  expect(await refusal(keep({ type: "ext2" }, "plan"))).toContain("holds ext4, which stays");
  expect(await keep({ type: "ext2", force: true })).toMatchObject({
    changes: [{ property: "type", from: "ext4", to: "ext2" }],
  });
});

function machine(blkid: FakeCommands[string], more: FakeCommands = {}): FakeSystem {
  const commands = { "blkid --probe --output export -- /dev/sdb": blkid, ...more };
  return new FakeSystem(commands, {}, { files: { "/dev/sdb": "" } });
}

const keep = (system: FakeSystem, props: Value) =>
  declare(type, props, {
    machine: system.asHost("apply"),
    key: new Uint8Array(32),
    planning: false,
    workflowDirectory: "/",
  });

test("tables of partitions, several signatures and volumes are something too", async () => {
  for (const [said, what] of [
    ["PTTYPE=gpt\n", "a table of partitions (gpt)"],
    [{ exitCode: 8 }, "several things"],
    ["TYPE=LVM2_member\n", "LVM2_member"],
  ] as const) {
    const system = machine(said, { "mkfs.xfs": "" });
    expect(await refusal(keep(system, { device: "/dev/sdb", type: "xfs" }))).toContain(
      `/dev/sdb holds ${what}, which stays`,
    );
    expect(system.ran).toEqual([]);
  }
});

test("what is not there, and what cannot be made, is told before", async () => {
  const blank = machine({ exitCode: 2 });
  expect(await refusal(keep(blank, { device: "/dev/sdb", type: "xfs" }))).toContain(
    "there is no mkfs.xfs on this machine; install xfsprogs",
  );
  expect(await refusal(keep(blank, { device: "/dev/sdz", type: "xfs" }))).toContain("/dev/sdz does not exist");
  expect(await refusal(keep(blank, { device: "/dev/sdb", type: "zfs" }))).toContain("expected one of");
});

test("undo gives a label back, and makes nothing over what is there", async () => {
  const restated = type.undo?.restate?.("/dev/sdb", { type: "ext4", label: "old" });
  const system = machine("TYPE=xfs\n");
  const changes = [{ property: "type", from: "xfs", to: "ext4" }];
  const diff = { action: "update", changes, actual: { type: "xfs" }, desired: { type: "ext4" } } as const;
  const work = type.apply(restated?.want ?? null, diff, system, {
    open: () => [],
    read: () => Promise.reject(new Error()),
  } as never);
  expect(await refusal(work)).toContain("what was on /dev/sdb is lost");
  expect(system.ran).toEqual([]);
});
