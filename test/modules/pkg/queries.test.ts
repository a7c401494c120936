import { expect, test } from "bun:test";
import { pkg } from "../../../src/modules/pkg/index.ts";
import type { ReadSystem } from "../../../src/system/system.ts";
import { act, ask } from "../_machine.ts";
import { refusal } from "../_call.ts";
import { APT, STATUS, UPDATE, debian, keeping, leaving, paragraph, policy } from "./_apt-machine.ts";

const SIMULATE = "apt-get --simulate --option=Debug::NoLocking=1 install --";

const answers = async (name: string, system: ReadSystem) => [
  await ask(pkg, "pkg.is_installed", { name }, system),
  await ask(pkg, "pkg.version", { name }, system),
];

test("what is installed, absent, half-configured, provided", async () => {
  const status = [
    paragraph("lab-plain", "2.0-1"),
    paragraph("lab-broken", "1.0-1", "install ok half-configured"),
    paragraph("lab-pigeon", "1.0-1", undefined, "Provides: lab-mail\n"),
  ].join("");
  const system = debian(status, {});
  expect(await answers("lab-plain", system)).toEqual([true, "2.0-1"]);
  expect(await answers("lab-nothing", system)).toEqual([false, null]);
  expect(await answers("lab-broken", system)).toEqual([false, null]);
  expect(await answers("lab-mail", system)).toEqual([true, null]);
  expect(await ask(pkg, "pkg.manager", {}, system)).toBe("apt");
});

test("in plan, as earlier calls would leave it; what only comes with them is unknown", async () => {
  const system = debian(paragraph("lab-plain", "1.0-1"), {
    ...policy("docker", "5:24.0.0-1", "5:20.10.0-3"),
    ...policy("lab-app", "2.0-1"),
    "apt-get --simulate --option=Debug::NoLocking=1 remove -- lab-plain": "Remv lab-plain [1.0-1]\n",
    [`${SIMULATE} docker=5:20.10.0-3`]: "Inst docker (5:20.10.0-3 lab [amd64])\n",
    [`${SIMULATE} docker=5:20.10.0-3 lab-app`]: "",
  });
  const machine = system.asHost("plan");
  const keep = keeping(system, "plan", machine);
  await keep("pkg.install", { name: "docker", version: "20.10.0" });
  await keep("pkg.install", { name: "lab-app" });
  await keep("pkg.remove", { name: "lab-plain" });
  const reader = machine.reader({ signal: new AbortController().signal });
  expect(await answers("docker", reader)).toEqual([true, "5:20.10.0-3"]);
  expect(await answers("lab-plain", reader)).toEqual([false, null]);
  expect(await ask(pkg, "pkg.is_installed", { name: "lab-app" }, reader)).toBe(true);
  expect(await refusal(ask(pkg, "pkg.version", { name: "lab-app" }, reader))).toStartWith("E_UNKNOWN");
  expect(await refusal(ask(pkg, "pkg.is_installed", { name: "lab-other" }, reader))).toStartWith("E_UNKNOWN");
});

test("an index is changed when it is another than before", async () => {
  let contents = "one";
  const system = debian("", {
    [UPDATE]: async (_options, machine) => {
      await machine.writeFile("/var/lib/apt/lists/lab_Packages", Buffer.from(contents), {});
      return "";
    },
  });
  expect(await act(pkg, "pkg.update", {}, { system })).toMatchObject({ changed: true });
  expect(await act(pkg, "pkg.update", {}, { system })).toMatchObject({ changed: false });
  contents = "two";
  expect(await act(pkg, "pkg.update", {}, { system })).toMatchObject({ changed: true });
});

test("an upgrade answers what it upgraded, leaves out what is held, and is not needed again", async () => {
  const before = paragraph("a", "1-1") + paragraph("b", "1-1", "hold ok installed") + paragraph("c", "1-1");
  const upgraded = paragraph("a", "2-1") + paragraph("b", "1-1", "hold ok installed") + paragraph("c", "1-1");
  const system = debian(before, {
    "apt list --upgradable": (_options, machine) =>
      Buffer.from(machine.readFile(STATUS)).includes("2-1")
        ? "b/lab 2-1 amd64 [upgradable from: 1-1]\n"
        : "a/lab 2-1 amd64 [upgradable from: 1-1]\nb/lab 2-1 amd64 [upgradable from: 1-1]\n",
    [`${APT} --with-new-pkgs upgrade`]: leaving(upgraded),
  });
  expect(await act(pkg, "pkg.upgrade", {}, { system })).toMatchObject({
    changed: true,
    value: { packages: [{ name: "a", from: "1-1", to: "2-1" }] },
  });
  expect(await act(pkg, "pkg.upgrade", {}, { system })).toBeNull();
});
