import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { succeed } from "./command.ts";

export interface SshFiles {
  readonly publicKey: string;
  /** For `ssh -F`. */
  readonly config: string;
}

interface Reachable {
  readonly name: string;
  readonly address: string;
  /** The root it started from, which holds its host keys. */
  readonly root: string;
}

/** A key made on the spot, `known_hosts` and `ssh_config` in the lab's directory. */
export async function writeSshFiles(directory: string, hosts: readonly Reachable[]): Promise<SshFiles> {
  const key = join(directory, "key");
  await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", key]);
  const known = hosts.map(({ name, address, root }) => `${name},${address} ${hostKey(root)}`);
  writeFileSync(join(directory, "known_hosts"), known.join(""));
  const config = sshConfigOf(directory);
  writeFileSync(
    config,
    [...hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`), all(directory)].join(""),
  );
  return { publicKey: readFileSync(`${key}.pub`, "utf8"), config };
}

export function sshConfigOf(directory: string): string {
  return join(directory, "ssh_config");
}

function hostKey(root: string): string {
  return readFileSync(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
}

function all(directory: string): string {
  return `Host *
  User root
  IdentityFile ${join(directory, "key")}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(directory, "known_hosts")}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
`;
}
