import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lab, type Lab } from "../../../test/lab/lab.ts";
import type { LabHost } from "../../../test/lab/host.ts";

/** Hosts for all that is measured over ssh: booted when they are first asked for, gone with this process. */
const COUNT = 20;
let opened: Promise<Lab> | undefined;

/** Of the flavour that has Python, which Ansible needs at the far end. Throws where there can be no lab, and says what is needed. */
export function sshHosts(): Promise<Lab> {
  opened ??= lab(Array.from({ length: COUNT }, () => "fedora" as const));
  return opened;
}

/** Runs a script there beside its sshd, not over it; throws when it fails. */
export function onHost(host: LabHost, script: string): void {
  const { success, stderr } = Bun.spawnSync([...host.argv(["sh", "-ceu", script])], { stdin: "ignore" });
  if (!success) throw new Error(`${host.name}: ${stderr.toString().trim()}`);
}

/** As `onHost`, everywhere. */
export function onEach(hosts: readonly LabHost[], script: string): void {
  for (const host of hosts) onHost(host, script);
}

/** ssh's configuration for the lab, and a host `far` in it: the first one, behind 300 ms of round trip. */
export function withFarHost({ sshConfig, hosts }: Lab, directory: string): string {
  const file = join(directory, "ssh_config");
  const relay = join(import.meta.dirname, "delay.ts");
  const proxy = `${process.execPath} ${relay} ${hosts[0]?.address} 22 150`;
  writeFileSync(file, `Include ${sshConfig}\nHost far\n  HostKeyAlias h1\n  ProxyCommand ${proxy}\n`);
  return file;
}
