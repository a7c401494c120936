import { declare } from "../../support/declare.ts";
import { FakeSystem, type FakeAnswer, type FakeCommands, type FakeOptions } from "../../support/fake-system.ts";
import type { AnyResource } from "../../../src/engine/resource.ts";
import type { Value } from "../../../src/base/value.ts";
import { pkg } from "../../../src/modules/pkg/index.ts";

/** A paragraph of dpkg's status file. */
export function paragraph(name: string, version: string, status = "install ok installed", more = ""): string {
  return `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\n${more}\n`;
}

export const STATUS = "/var/lib/dpkg/status";
export const APT =
  "apt-get --yes --quiet --option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold --option=Dpkg::Use-Pty=0 --option=DPkg::Lock::Timeout=0";
export const SIMULATE = "apt-get --simulate --option=Debug::NoLocking=1";
export const UPDATE = `${APT} --option=APT::Update::Error-Mode=any update`;

/** As `apt-cache policy` says it; no versions, nothing known of it. */
export function policy(name: string, ...versions: readonly string[]): FakeCommands {
  const specs = [name, ...versions.map((version) => `${name}=${version}`)];
  return {
    [`apt-cache policy ${name}`]: versions.length === 0 ? "" : policyText(name, ...versions),
    ...Object.fromEntries(specs.map((spec) => [`${SIMULATE} install -- ${spec}`, ""])),
  };
}

export function policyText(name: string, ...versions: readonly string[]): string {
  const table = versions.map(
    (version) => `     ${version} 500\n        500 file:/srv/repo/deb lab/main amd64 Packages\n`,
  );
  return `${name}:\n  Installed: (none)\n  Candidate: ${versions[0] ?? "(none)"}\n  Version table:\n${table.join("")}`;
}

/** A command after which dpkg's status is that. */
export function leaving(status: string): FakeAnswer {
  return async (_options, system) => {
    await system.writeFile(STATUS, Buffer.from(status), {});
    return "";
  };
}

/** A Debian with that status, whose index was fetched. */
export function debian(status: string, commands: FakeCommands, options: FakeOptions = {}): FakeSystem {
  const files = {
    "/etc/os-release": "ID=debian\n",
    [STATUS]: status,
    "/var/lib/apt/lists/lab_Packages": "",
    ...options.files,
  };
  return new FakeSystem(commands, {}, { ...options, files, programs: ["apt-get"] });
}

export type Keep = (name: "pkg.install" | "pkg.remove", props: Value) => ReturnType<typeof declare>;

/** Declares on that machine, call after call; a plan keeps its overlay. */
export function keeping(system: FakeSystem, mode: "apply" | "plan" = "apply", machine = system.asHost(mode)): Keep {
  const on = { machine, key: machine.key, planning: mode === "plan", workflowDirectory: "/" };
  return (name, props) => declare(typeNamed(name), props, on);
}

export function typeNamed(name: string): AnyResource {
  const found = pkg.functions.find((fn) => fn.name === name);
  if (found?.form !== "resource") throw new Error(`${name} is no resource`);
  return found;
}
