import { expect, test } from "bun:test";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { kernel } from "../../src/modules/kernel/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const FILE = "/etc/sysctl.d/99-sloth-runner.conf";

/** A kernel with two settings. */
function machine(files: { readonly [path: string]: string } = {}) {
  const proc: { [name: string]: string } = { "vm/swappiness": "60", "net/ipv4/tcp_rmem": "1\t2\t3" };
  const set = (name: string, value: string) => ({
    [`sysctl -w ${name}=${value}`]: () => {
      proc[name.replaceAll(".", "/")] = value;
      return "";
    },
  });
  const shown = Object.keys(proc).map((name) => [`/proc/sys/${name}`, () => `${proc[name]}\n`] as const);
  const system = new FakeSystem(
    {
      ...set("vm.swappiness", "10"),
      ...set("vm.swappiness", "60"),
      "sysctl -w vm.swappiness=words": { exitCode: 255, stderr: "sysctl: setting key: Invalid argument" },
    },
    {},
    { files: { ...Object.fromEntries(shown), ...files } },
  );
  return { proc, system };
}

function sysctl(system: FakeSystem, props: Value, mode: "apply" | "plan" = "apply") {
  const [type] = kernel.functions;
  if (type?.form !== "resource") throw new Error("no resource");
  const bench = { machine: system.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(type, props, { ...bench, workflowDirectory: "/" });
}

const textOf = (system: FakeSystem, path = FILE): string | null =>
  system.stat(path) === null ? null : utf8Text(system.readFile(path));

test("keeps a setting in a file and in force, each by itself", async () => {
  const { proc, system } = machine();
  const swappiness = { name: "vm.swappiness", value: 10 };
  const both = [
    { property: "value", from: "", to: "10" },
    { property: "running", from: "60", to: "10" },
  ];
  expect(await sysctl(system, swappiness, "plan")).toMatchObject({ changes: both });
  expect(await sysctl(system, swappiness)).toMatchObject({ action: "update", changes: both });
  expect([textOf(system), proc["vm/swappiness"]]).toEqual(["vm.swappiness=10\n", "10"]);
  expect(await sysctl(system, swappiness)).toMatchObject({ changed: false });
  proc["vm/swappiness"] = "60";
  expect(await sysctl(system, swappiness)).toMatchObject({ changes: [both[1]] });
  expect(await sysctl(system, { name: "vm.swappiness", state: "absent" })).toMatchObject({
    changes: [{ property: "value", from: "10", to: "" }],
  });
  expect([textOf(system), proc["vm/swappiness"]]).toEqual([null, "10"]);
});

test("blanks count as one, a name may have slashes, and other lines stay", async () => {
  const before = "# head\n-net/ipv4/tcp_rmem = 1   2 3\nvm.swappiness =10";
  const { system } = machine({ "/etc/x.conf": before });
  const rmem = { name: "net.ipv4.tcp_rmem", value: "1 2  3", file: "/etc/x.conf" };
  expect(await sysctl(system, rmem)).toMatchObject({ changed: false });
  await sysctl(system, { ...rmem, value: "4 5 6", apply: false });
  expect(textOf(system, "/etc/x.conf")).toBe("# head\nnet.ipv4.tcp_rmem=4 5 6\nvm.swappiness =10");
});

test("what a later file sets to something else is refused, and the file named", async () => {
  const { system } = machine({ "/etc/sysctl.conf": "vm.swappiness = 33\n" });
  expect(await refusal(sysctl(system, { name: "vm.swappiness", value: 10 }))).toContain(
    `/etc/sysctl.conf is read after ${FILE} and sets vm.swappiness to something else`,
  );
  expect([system.ran, textOf(system)]).toEqual([[], null]);
});

test.each([
  [{ name: "no.such", value: 1 }, "there is no sysctl no.such on this kernel"],
  [{ name: "vm.swappiness" }, "'value' is missing"],
  [{ name: "vm.swappiness", value: "a\nb" }, "'value' must be one line"],
  [{ name: "vm swappiness", value: 1 }, "expected the name of a sysctl"],
  [{ name: "vm.swappiness", value: "words" }, "Invalid argument"],
])("%p is refused, and nothing is written", async (props, said) => {
  const { system } = machine();
  expect(await refusal(sysctl(system, props))).toContain(said);
  expect(textOf(system)).toBeNull();
});
