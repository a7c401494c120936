import type { HostEntry } from "../engine/hosts.ts";
import { SlothError } from "../base/errors.ts";

interface Reason {
  readonly pattern: RegExp;
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

/** ssh of before 8.7, which is told less. */
export const OLD_SSH = "E_HOST_SSH_OLD";

/** What OpenSSH, sudo and doas say, and what it means; texts as in OpenSSH 9's sources and sudo's and doas's. */
const REASONS: readonly Reason[] = [
  {
    pattern: /Bad configuration option: (sessiontype|stdinnull|forkafterauthentication)/i,
    code: OLD_SSH,
    what: "ssh does not know its options",
    hint: "use OpenSSH",
  },
  {
    pattern: /Bad configuration option|Bad port|bad configuration options/,
    code: "E_HOST_SSH",
    what: "ssh does not take what it is told",
    hint: "try: ssh HOST",
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for \S+ has changed/,
    code: "E_HOST_KEY_CHANGED",
    what: "its host key is another than the one that is known",
    hint: "make sure it is the right machine, then remove the old key with: FORGET",
  },
  {
    pattern: /Host key verification failed/,
    code: "E_HOST_KEY_UNKNOWN",
    what: "its host key is not known",
    hint: "connect once with ssh and check its fingerprint, or add it to known_hosts",
  },
  {
    pattern: /Permission denied \(|Too many authentication failures|No supported authentication methods/,
    code: "E_HOST_AUTH",
    what: "the login was refused",
    hint: "check user, identity_file and the agent with: ssh HOST",
  },
  {
    pattern: /Could not resolve hostname/,
    code: "E_HOST_UNKNOWN",
    what: "no such host",
    hint: "name it in hosts{…}, in the inventory or in ssh's configuration",
  },
  {
    pattern:
      /Connection refused|No route to host|Network is unreachable|Operation timed out|Connection timed out|Connection reset|kex_exchange_identification/,
    code: "E_HOST_UNREACHABLE",
    what: "cannot be reached",
    hint: "check that it is up and that sshd listens there",
  },
  {
    pattern: /Timeout, server \S+ not responding|Connection (to \S+ )?closed by|Broken pipe/,
    code: "E_HOST_LOST",
    what: "the connection was lost before the agent was there",
    hint: "check the network to it and sshd's log there, then run again",
  },
  {
    pattern: /sudo: .*you must have a tty/,
    code: "E_HOST_SUDO",
    what: "sudo wants a terminal, which there is none of",
    hint: "take requiretty out of sudoers for this user",
  },
  {
    pattern: /(sudo|su|doas): .*(unknown user|user .* does not exist|no passwd entry)|^doas: unknown user/m,
    code: "E_HOST_SUDO",
    what: "there is no such user to become",
    hint: "name a user that is there",
  },
  {
    pattern: /sudo: a password is required|sudo: .*password|doas: .*[Pp]assword|Authorization required/,
    code: "E_HOST_SUDO",
    what: "becoming another user would ask for a password",
    hint: "permit it without one (NOPASSWD in sudoers, nopass in doas.conf) or log in as that user",
  },
  {
    pattern: /(sudo|doas).*(not found|No such file)/,
    code: "E_HOST_SUDO",
    what: "there is no sudo or doas",
    hint: "install it, or log in as the user the work is for",
  },
  {
    pattern: /not in the sudoers file|is not allowed to|doas: Operation not permitted/,
    code: "E_HOST_SUDO",
    what: "the login may not become another user",
    hint: "permit it in sudoers or doas.conf, or log in as that user",
  },
  {
    pattern: /This account is currently not available|nologin|\/bin\/sh: .*not found/,
    code: "E_HOST_SHELL",
    what: "the login has no shell to run programs with",
    hint: "give the user a shell such as /bin/sh, or log in as another",
  },
];

/** Why a host was not reached, in words for whoever has to mend it. `tired`: it said nothing in the time it had. */
export function explain(entry: HostEntry, complaint: string, exitCode: number, tired: boolean): SlothError {
  const said = lastLines(complaint);
  const reason = REASONS.find(({ pattern }) => pattern.test(complaint));
  if (reason !== undefined) {
    const hint = reason.hint
      .replace("FORGET", () => forgetKey(entry, complaint))
      .replace("HOST", () => sshWords(entry));
    return new SlothError(reason.code, `${entry.name}: ${reason.what}${said}`, { hint });
  }
  if (tired) {
    return new SlothError("E_HOST_TIMEOUT", `${entry.name}: did not answer in time${said}`, {
      hint: `check the host with: ssh ${sshWords(entry)}, or raise --handshake-timeout`,
    });
  }
  const hint = "the login's shell must be able to run: exec /bin/sh -s";
  return new SlothError("E_HOST_SHELL", `${entry.name}: the connection ended at once (exit code ${exitCode})${said}`, {
    hint,
  });
}

/** As one would type it after `ssh`. */
function sshWords({ name, address, user, port, identityFile }: HostEntry): string {
  const options = [
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(identityFile === undefined ? [] : ["-i", identityFile]),
  ];
  return [...options, address ?? name].join(" ");
}

/** ssh says itself which file and name it is, from version 6.7 on; a name is without the user, and has its port where that is another. */
function forgetKey({ name, address, port }: HostEntry, complaint: string): string {
  const said = /^\s*(ssh-keygen -f ["']?[^"'\s]+["']? -R ["']?[^"'\s]+["']?)\s*$/m.exec(complaint)?.[1];
  if (said !== undefined) return said;
  const host = (address ?? name).replace(/^.*@/, "");
  return `ssh-keygen -R ${port === undefined || port === 22 ? host : `'[${host}]:${port}'`}`;
}

/** `: what was said last`, or nothing where nothing was. */
export function lastLines(complaint: string): string {
  const lines = complaint
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^@+$/.test(line));
  return lines.length === 0 ? "" : `: ${lines.slice(-2).join(" / ")}`;
}
