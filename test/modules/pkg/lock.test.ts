import { expect, test } from "bun:test";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockHolder } from "../../../src/modules/pkg/_lock-holder.ts";
import { FakeSystem } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { thisMachine } from "../_machine.ts";
import { keeping } from "./_apt-machine.ts";

test("the process that has a lock file open is found by what it has open", () => {
  const file = join(tmpdir(), `sloth-lock-${process.pid}`);
  writeFileSync(file, "");
  try {
    expect(lockHolder([file], thisMachine())).toBeUndefined();
    const descriptor = openSync(file, "r");
    expect(lockHolder([file], thisMachine())).toMatchObject({ pid: process.pid });
    closeSync(descriptor);
  } finally {
    rmSync(file);
  }
});

test("pacman's lock that nobody has open is told as left over, without waiting", async () => {
  const locked =
    "error: failed to init transaction (unable to lock database)\nerror: could not lock database: File exists\n";
  const files = { "/etc/os-release": "ID=arch\n", "/proc/1/comm": "init\n", "/var/lib/pacman/sync/lab.db": "" };
  const system = new FakeSystem(
    {
      "pacman --sync --info -- lab-plain": "Name            : lab-plain\nVersion         : 2.0-1\n",
      "pacman --noconfirm --noprogressbar --color=never --sync -- lab-plain": { exitCode: 1, stderr: locked },
    },
    {},
    { files },
  );
  expect(await refusal(keeping(system)("pkg.install", { name: "lab-plain" }))).toBe(
    "E_PACKAGE_LOCK /var/lib/pacman/db.lck is there, and no process has it open: a pacman was killed; " +
      "when none is running, remove /var/lib/pacman/db.lck",
  );
});
