import type { HostEntry } from "../engine/hosts.ts";
import type { Argv } from "../system/system.ts";

export interface SshOptions {
  /** Seconds ssh may take to connect. */
  readonly connectSeconds: number;
  /** ssh may ask on the terminal for a password or a new host key. */
  readonly mayAsk: boolean;
  /** `-F FILE`; ssh's own when absent. */
  readonly configFile?: string | undefined;
}

/**
 * The command that reaches a host: OpenSSH with its own configuration, keys, agent, jump hosts and known hosts. Only what an entry
 * says is said; checking of host keys is never touched. The remote command is fixed text that every login shell takes alike. An old ssh knows none
 * of what a configuration could keep us from speaking with the command by.
 */
export function sshArgv(entry: HostEntry, options: SshOptions, isOld: boolean): Argv {
  const argv: [string, ...string[]] = ["ssh", "-T", "-e", "none", "-x"];
  if (options.configFile !== undefined) argv.push("-F", options.configFile);
  argv.push(
    "-o",
    `ConnectTimeout=${options.connectSeconds}`,
    "-o",
    "ServerAliveInterval=5",
    "-o",
    "ServerAliveCountMax=3",
  );
  argv.push("-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none");
  if (!isOld) argv.push(...SINCE_8_7.flatMap((option) => ["-o", option]));
  if (!options.mayAsk) argv.push("-o", "BatchMode=yes");
  if (entry.user !== undefined) argv.push("-l", entry.user);
  if (entry.port !== undefined) argv.push("-p", String(entry.port));
  if (entry.identityFile !== undefined) argv.push("-i", entry.identityFile);
  argv.push("--", entry.address ?? entry.name, "exec /bin/sh -s");
  return argv;
}

const SINCE_8_7 = ["SessionType=default", "StdinNull=no", "ForkAfterAuthentication=no"];
