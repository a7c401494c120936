import os from "node:os";
import { SlothError } from "../../base/errors.ts";
import type { Value } from "../../base/value.ts";
import type { ReadSystem } from "../../system/system.ts";

/** What runs here, from os-release; `family` is one of debian, redhat, suse, arch, alpine, else the id. */
export function osFacts(target: ReadSystem) {
  const release = osRelease(target);
  const id = release.get("ID") ?? process.platform;
  const like = (release.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== "");
  return {
    id,
    name: release.get("PRETTY_NAME") ?? release.get("NAME") ?? id,
    version: release.get("VERSION_ID") ?? "",
    codename: release.get("VERSION_CODENAME") ?? "",
    family: familyOf([id, ...like]) ?? id,
    kernel: textOf("/proc/sys/kernel/osrelease", target) ?? os.release(),
    libc: libc(target),
  };
}

/** What starts services: "systemd" only where it is running, else "openrc", else the name of process 1. */
export function initSystem(target: ReadSystem): string {
  if (target.stat("/run/systemd/system")?.type === "directory") return "systemd";
  if (target.stat("/run/openrc") !== null) return "openrc";
  return textOf("/proc/1/comm", target) ?? "unknown";
}

/** The system's own first: a Debian may have dnf installed too. */
export function packageManager(target: ReadSystem): string | null {
  const own = MANAGERS.filter(([, , family]) => family === osFacts(target).family);
  return [...own, ...MANAGERS].find(([, program]) => target.which(program) !== null)?.[0] ?? null;
}

/** Bytes; `available` is what can be had without swapping. */
export function memory(target: ReadSystem): { [name: string]: number } {
  const lines = (textOf("/proc/meminfo", target) ?? "").matchAll(/^(\w+):\s+(\d+) kB$/gm);
  const kilobytes = new Map(Array.from(lines, ([, name = "", count]) => [name, Number(count)]));
  const bytes = (name: string, other: number): number =>
    kilobytes.has(name) ? (kilobytes.get(name) ?? 0) * 1024 : other;
  return {
    total: bytes("MemTotal", os.totalmem()),
    available: bytes("MemAvailable", os.freemem()),
    swap_total: bytes("SwapTotal", 0),
    swap_free: bytes("SwapFree", 0),
  };
}

/** Every address of every interface that is up, loopback too. */
export function addresses(): readonly { readonly [name: string]: Value }[] {
  return Object.entries(os.networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr, family, mac, internal }) => ({
      interface: name,
      address,
      cidr: cidr ?? "",
      family: family === "IPv6" ? "ipv6" : "ipv4",
      mac,
      loopback: internal,
    })),
  );
}

export function hostname(target: ReadSystem): string {
  return textOf("/proc/sys/kernel/hostname", target) ?? os.hostname();
}

const MANAGERS: readonly (readonly [name: string, program: string, family: string])[] = [
  ["apt", "apt-get", "debian"],
  ["dnf", "dnf", "redhat"],
  ["zypper", "zypper", "suse"],
  ["pacman", "pacman", "arch"],
  ["apk", "apk", "alpine"],
];

const FAMILIES: readonly (readonly [family: string, ids: readonly string[]])[] = [
  ["debian", ["debian", "ubuntu"]],
  ["redhat", ["rhel", "fedora", "centos"]],
  ["suse", ["suse", "opensuse", "sles"]],
  ["arch", ["arch", "archlinux"]],
  ["alpine", ["alpine"]],
];

function familyOf(ids: readonly string[]): string | undefined {
  return FAMILIES.find(([, known]) => ids.some((id) => known.includes(id)))?.[0];
}

function libc(target: ReadSystem): "glibc" | "musl" | "other" {
  if (process.platform !== "linux") return "other";
  const names = target.stat("/lib") === null ? [] : target.list("/lib");
  return names.some((name) => name.startsWith("ld-musl-")) ? "musl" : "glibc";
}

/** Shell-like assignments, of which os-release uses no more than quotes and backslashes. */
function osRelease(target: ReadSystem): ReadonlyMap<string, string> {
  const text = textOf("/etc/os-release", target) ?? textOf("/usr/lib/os-release", target) ?? "";
  const lines = text.matchAll(/^([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/gm);
  return new Map(
    Array.from(lines, ([, name = "", double, single, bare]) => [
      name,
      double?.replace(/\\(.)/g, "$1") ?? single ?? (bare ?? "").trim(),
    ]),
  );
}

function textOf(path: string, target: ReadSystem): string | undefined {
  if (target.stat(path) === null) return undefined;
  try {
    return Buffer.from(target.readFile(path)).toString("utf8").trim();
  } catch (cause) {
    if (cause instanceof SlothError && cause.code === "E_ACCESS") return undefined; // hidden from other users
    throw cause;
  }
}
