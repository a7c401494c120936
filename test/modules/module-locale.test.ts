import { expect, test } from "bun:test";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { kernel } from "../../src/modules/kernel/index.ts";
import { system as systemModule } from "../../src/modules/system/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands, type FakeOptions } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const TYPES = [kernel, systemModule].flatMap(({ functions }) => functions);

function keep(machine: FakeSystem, name: string, props: Value, mode: "apply" | "plan" = "apply") {
  const type = TYPES.find((each) => each.name === name);
  if (type?.form !== "resource") throw new Error(`${name} is no resource`);
  const bench = { machine: machine.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(type, props, { ...bench, workflowDirectory: "/" });
}

const textOf = (system: FakeSystem, path: string): string | null =>
  system.stat(path) === null ? null : utf8Text(system.readFile(path));

/** A kernel whose modules are recorded: this one here can load none. */
function withModules(loaded: string[], files: FakeOptions["files"] = {}): FakeSystem {
  const commands: FakeCommands = {
    "modprobe -- br-netfilter": () => {
      loaded.push("br_netfilter");
      return "";
    },
    "modprobe --remove -- br-netfilter": () => {
      loaded.splice(loaded.indexOf("br_netfilter"), 1);
      return "";
    },
    "modprobe -- nothing": { exitCode: 1, stderr: "modprobe: FATAL: Module nothing not found" },
  };
  return new FakeSystem(
    commands,
    {},
    {
      files: {
        "/proc/modules": () => loaded.map((name) => `${name} 32768 0 - Live 0x0\n`).join(""),
        "/proc/sys/kernel/osrelease": "6.1.0\n",
        "/lib/modules/6.1.0/modules.dep": "",
        "/etc/modules-load.d/README": "",
        "/etc/modprobe.d/README": "",
        ...files,
      },
    },
  );
}

test("by a recorded /proc: a module is loaded now and at boot, and let go again", async () => {
  const loaded = ["kvm"];
  const system = withModules(loaded);
  const props = { name: "br-netfilter" };
  const changes = [
    { property: "loaded", to: true },
    { property: "boot", to: true },
  ];
  expect(await keep(system, "kernel.module", props, "plan")).toMatchObject({ changes });
  expect(await keep(system, "kernel.module", props)).toMatchObject({ changes });
  expect([textOf(system, "/etc/modules-load.d/br-netfilter.conf"), loaded]).toEqual([
    "br-netfilter\n",
    ["kvm", "br_netfilter"],
  ]);
  expect(await keep(system, "kernel.module", { name: "br_netfilter" })).toMatchObject({ changed: false });
  await keep(system, "kernel.module", { ...props, loaded: false, boot: false });
  expect([textOf(system, "/etc/modules-load.d/br-netfilter.conf"), loaded]).toEqual([null, ["kvm"]]);
});

test("parameters and blacklist are lines of modprobe.d, and other lines stay", async () => {
  const path = "/etc/modprobe.d/kvm.conf";
  const system = withModules(["kvm"], { [path]: "# mine\noptions kvm a=1\noptions other b=2" });
  const props = { name: "kvm", params: { nested: 1, a: "x" } };
  expect(await keep(system, "kernel.module", props)).toMatchObject({
    changes: [{ property: "params", from: "a=1", to: "a=x nested=1" }],
  });
  expect(textOf(system, path)).toBe("# mine\noptions other b=2\noptions kvm a=x nested=1\n");
  expect(await keep(system, "kernel.module", { name: "kvm", blacklist: true })).toMatchObject({
    changes: [{ property: "blacklist" }],
  });
  expect(textOf(system, path)).toBe("# mine\noptions other b=2\noptions kvm a=x nested=1\nblacklist kvm\n");
  expect(await keep(system, "kernel.module", { ...props, blacklist: true })).toMatchObject({ changed: false });
  await keep(system, "kernel.module", { name: "kvm", params: {}, blacklist: false });
  expect(textOf(system, path)).toBe("# mine\noptions other b=2\n");
});

test("what another file loads at boot is taken out there", async () => {
  const system = withModules([], { "/etc/modules": "# head\nkvm nested=1\nloop\n" });
  await keep(system, "kernel.module", { name: "kvm", boot: false });
  expect(textOf(system, "/etc/modules")).toBe("# head\nloop\n");
});

test("a module that cannot be loaded is told, in plan where that is known", async () => {
  expect(await refusal(keep(withModules([]), "kernel.module", { name: "nothing", loaded: true }))).toContain(
    "Module nothing not found",
  );
  const inside = new FakeSystem({}, {}, { files: { "/proc/sys/kernel/osrelease": "6.1.0\n" } });
  expect(await refusal(keep(inside, "kernel.module", { name: "kvm" }, "plan"))).toContain(
    "the modules of this kernel (6.1.0) are not on this machine",
  );
  expect(await refusal(keep(inside, "kernel.module", { name: "a", blacklist: true, boot: true }))).toContain(
    "takes either 'blacklist' or 'boot'",
  );
});

/** A Debian that makes what is listed. */
function debian(files: FakeOptions["files"] = {}): FakeSystem {
  const made = new Set(["C", "C.utf8", "POSIX"]);
  const commands: FakeCommands = {
    "locale -a": () => [...made].join("\n"),
    "locale-gen": (_options, system) => {
      const lines = utf8Text(system.readFile("/etc/locale.gen")).matchAll(/^([a-z]\w*)\.UTF-8/gm);
      for (const [, name] of lines) made.add(`${name}.utf8`);
      for (const name of made)
        if (/^[a-z]/.test(name) && !utf8Text(system.readFile("/etc/locale.gen")).includes(`\n${name.slice(0, 5)}`))
          made.delete(name);
      return "";
    },
  };
  const text = "# This file\n\n# de_DE.UTF-8 UTF-8\n# de_DE ISO-8859-1\n#  pt_PT.UTF-8 UTF-8\n";
  return new FakeSystem(
    commands,
    {},
    { files: { "/etc/locale.gen": text, "/etc/debian_version": "12\n", "/etc/default/README": "", ...files } },
  );
}

test("locales are made all at once, and one of them is the system's", async () => {
  const system = debian({ "/etc/default/locale": "LANG=C\nLC_TIME=de_DE.UTF-8\n" });
  const props = { name: "de_DE.UTF-8", generate: ["de_DE.UTF-8", "pt_PT.UTF-8"] };
  expect(await keep(system, "system.locale", props, "plan")).toMatchObject({
    names: ["generated: de_DE.UTF-8", "generated: pt_PT.UTF-8", "locale"],
  });
  expect(await keep(system, "system.locale", props)).toMatchObject({ changed: true });
  expect(textOf(system, "/etc/locale.gen")).toBe(
    "# This file\n\nde_DE.UTF-8 UTF-8\n# de_DE ISO-8859-1\npt_PT.UTF-8 UTF-8\n",
  );
  expect(textOf(system, "/etc/default/locale")).toBe("LANG=de_DE.UTF-8\nLC_TIME=de_DE.UTF-8\n");
  expect(system.ran).toEqual(["locale-gen"]);
  expect(await keep(system, "system.locale", props)).toMatchObject({ changed: false });
  await keep(system, "system.locale", { generate: "pt_PT.UTF-8", state: "absent" });
  expect(textOf(system, "/etc/locale.gen")).toContain("\n# pt_PT.UTF-8 UTF-8\n");
});

test("a machine whose locales are packages has only the system's, and an unknown one is refused", async () => {
  const fedora = new FakeSystem({}, {}, { files: { "/etc/locale.conf": "LANG=C.UTF-8\n" } });
  await keep(fedora, "system.locale", { name: "de_DE.UTF-8" });
  expect(textOf(fedora, "/etc/locale.conf")).toBe("LANG=de_DE.UTF-8\n");
  expect(await refusal(keep(fedora, "system.locale", { generate: "de_DE.UTF-8" }))).toContain(
    "which has locales as packages",
  );
  expect(await refusal(keep(debian(), "system.locale", { name: "xx_XX.UTF-8" }, "plan"))).toContain(
    "there is no locale xx_XX.UTF-8",
  );
  expect(await refusal(keep(debian(), "system.locale", { generate: "a b" }))).toContain("the name of a locale");
});
