import os from "node:os";
import { defineQuery, type AnyQuery, type ModuleDefinition } from "../../engine/resource.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import { object } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import { passwdEntries } from "../_accounts/database.ts";
import { getent } from "../_accounts/getent.ts";
import type { ReadSystem } from "../../system/system.ts";
import { addresses, hostname, initSystem, memory, osFacts, packageManager } from "../_kit/machine.ts";
import { devices, mounted } from "./_disks.ts";
import { installedPackages } from "./_packages.ts";
import { services } from "./_services.ts";

const OS =
  "{ id: string, name: string, version: string, codename: string, family: string, kernel: string, libc: string }";
const MEMORY = "{ total: integer, available: integer, swap_total: integer, swap_free: integer }";
const ADDRESSES =
  "{ interface: string, address: string, cidr: string, family: string, mac: string, loopback: boolean }[]";
const PARTITION = "name: string, path: string, size: integer, uuid?: string, label?: string";
const DEVICES =
  `{ ${PARTITION}, removable: boolean, read_only: boolean, rotational: boolean, model: string, ` +
  `partitions: { ${PARTITION} }[] }[]`;
const ALL =
  `{ os: ${OS}, arch: string, hostname: string, init: string, package_manager?: string, cpus: integer, ` +
  `memory: ${MEMORY}, addresses: ${ADDRESSES} }`;

const EXAMPLES = {
  os: `
      local os = facts.os()
      if os.family == "debian" then
          print(os.name, os.version, os.codename)
      end
    `,
  arch: "print(facts.arch())",
  hostname: "print(facts.hostname())",
  init: `
      if facts.init() == "systemd" then
          print("there are units here")
      end
    `,
  package_manager: 'print(facts.package_manager() or "none")',
  cpus: 'print(facts.cpus() .. " processors")',
  memory: `
      local memory = facts.memory()
      print(memory.available // 1024 // 1024 .. " of " .. memory.total // 1024 // 1024 .. " MiB are free")
    `,
  addresses: `
      for _, one in ipairs(facts.addresses()) do
          if not one.loopback then
              print(one.interface, one.address, one.cidr)
          end
      end
    `,
  packages: `
      for _, one in ipairs(facts.packages()) do
          if one.name == "openssl" then
              print(one.version, one.arch)
          end
      end
    `,
  services: `
      for _, one in ipairs(facts.services()) do
          if one.state == "failed" then
              print(one.name .. " has failed")
          end
      end
    `,
  mounts: `
      for _, one in ipairs(facts.mounts()) do
          if one.path == "/" then
              print(one.source, one.fstype, one.available)
          end
      end
    `,
  devices: `
      for _, disk in ipairs(facts.devices()) do
          print(disk.path, disk.size // 1024 ^ 3 .. " GiB", #disk.partitions)
      end
    `,
  users: `
      for _, one in ipairs(facts.users()) do
          if one.uid >= 1000 then
              print(one.name, one.home)
          end
      end
    `,
  all: `
      local all = facts.all()
      print(all.hostname, all.os.name, all.cpus, #all.addresses)
    `,
} as const;

/** Queries run where the host is, so what is asked of our own process is asked of that machine. */
export const facts: ModuleDefinition = {
  name: "facts",
  summary: "What a machine is: of this one, or with `delegate_to` of another.",
  functions: [
    fact("os", "The system: id, name, version, codename, family, kernel and libc.", OS, osFacts),
    fact("arch", "The machine's architecture as `uname -m` says it: `x86_64`, `aarch64`.", "string", () =>
      os.machine(),
    ),
    fact("hostname", "The host's name.", "string", hostname),
    fact(
      "init",
      "What starts services: `systemd` where it runs, `openrc`, else the name of process 1.",
      "string",
      initSystem,
    ),
    fact(
      "package_manager",
      "`apt`, `dnf`, `zypper`, `pacman` or `apk`; nil when there is none.",
      "string?",
      packageManager,
    ),
    fact("cpus", "How many processors there are.", "integer", () => os.cpus().length),
    fact("memory", "Bytes: total, available, swap_total, swap_free.", MEMORY, memory),
    fact("addresses", "A list of interface, address, cidr, family, mac and loopback.", ADDRESSES, addresses),
    fact("all", "All of these in one table.", ALL, (target) => ({
      os: osFacts(target),
      arch: os.machine(),
      hostname: hostname(target),
      init: initSystem(target),
      package_manager: packageManager(target),
      cpus: os.cpus().length,
      memory: memory(target),
      addresses: addresses(),
    })),
    fact(
      "packages",
      "What is installed, by name.",
      "{ name: string, version: string, arch: string }[]",
      installedPackages,
    ),
    fact(
      "services",
      "Services by name; `state` is `running`, `stopped`, `failed`, or `unknown` under sysvinit.",
      "{ name: string, state: string, enabled: boolean }[]",
      services,
    ),
    fact(
      "mounts",
      "What is mounted, as the kernel has it; size and available are bytes, where there are any.",
      "{ source: string, path: string, fstype: string, options: string[], size?: integer, available?: integer }[]",
      mounted,
    ),
    fact("devices", "Disks by name, with their partitions; sizes are bytes.", DEVICES, devices),
    fact(
      "users",
      "Users of this machine, in the order of /etc/passwd.",
      "{ name: string, uid: integer, gid: integer, comment: string, home: string, shell: string }[]",
      (target) => passwdEntries(target).map((entry) => ({ ...entry })),
    ),
    getent,
  ],
};

function fact(
  name: keyof typeof EXAMPLES,
  summary: string,
  returns: string,
  read: (target: ReadSystem) => MaybePromise<Value>,
): AnyQuery {
  return defineQuery<object, null>({
    name: `facts.${name}`,
    summary,
    example: EXAMPLES[name],
    schema: object({}),
    returns,
    want: () => null,
    read: (_want, target) => read(target),
  });
}
