import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lab, type Lab } from "../../../test/lab/lab.ts";
import type { LabHost } from "../../../test/lab/host.ts";
import { settle } from "../host.ts";

/** Hosts for all that is measured over ssh: booted when they are first asked for, gone with this process. */
const COUNT = 20;
let opened: Promise<Lab> | undefined;

/** Of the flavour that has Python, which Ansible needs at the far end. Throws where there can be no lab, and says what is needed. */
export function sshHosts(): Promise<Lab> {
  opened ??= lab(Array.from({ length: COUNT }, () => "fedora" as const));
  return opened;
}

/** Runs a script on each, beside its sshd and not over it; throws when it fails. */
export function onEach(hosts: readonly LabHost[], script: string): void {
  for (const host of hosts) settle(host, script);
}

/** ssh's configurations for the lab and a host `far` in it: the first one, once as near as it is and once behind 300 ms of round trip. */
export function farHost({ sshConfig, hosts }: Lab, directory: string): { readonly near: string; readonly far: string } {
  const [address] = hosts.map((host) => host.address);
  const relay = `${process.execPath} ${join(import.meta.dirname, "delay.ts")} ${address} 22 150`;
  const write = (name: string, line: string): string => {
    const file = join(directory, name);
    writeFileSync(file, `Include ${sshConfig}\nHost far\n  HostKeyAlias h1\n  ${line}\n`);
    return file;
  };
  return { near: write("near", `HostName ${address}`), far: write("far", `ProxyCommand ${relay}`) };
}
