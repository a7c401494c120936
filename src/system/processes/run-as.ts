import { SlothError } from "../../base/errors.ts";
import type { Accounts, UserAccount } from "../accounts.ts";
import { childEnvironment, loginEnvironment, which, type Environment } from "./environment.ts";

/** How to start a command as a user: what goes before it, or the ids for the kernel; and the environment of a login of theirs. */
export interface RunAs {
  readonly prefix: readonly string[];
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  readonly env: Environment;
}

/** undefined when that is who we are. Further groups need a program that sets them: setpriv or runuser, both of util-linux. */
export function runAs(user: string, accounts: Accounts, euid: number): RunAs | undefined {
  const account = find(user, accounts);
  if (account.id === euid) return undefined;
  if (euid !== 0) {
    throw new SlothError("E_ACCESS", `cannot run a command as '${user}': we are uid ${euid}`, {
      hint: "only root may run commands as somebody else",
    });
  }
  const env = loginEnvironment(account);
  const further = accounts.groups.all().filter((group) => group.members.includes(account.name));
  if (further.every((group) => group.id === account.gid)) {
    return { prefix: [], ids: { uid: account.id, gid: account.gid }, env };
  }
  return { prefix: switcher(account), ids: undefined, env };
}

function find(user: string, accounts: Accounts): UserAccount {
  const account = /^\d+$/.test(user) ? accounts.users.numbered(Number(user)) : accounts.users.named(user);
  if (account !== null) return account;
  throw new SlothError("E_UNKNOWN_USER", `cannot run a command as '${user}': there is no such user`);
}

function switcher({ id, gid, name }: UserAccount): readonly string[] {
  const setpriv = which("setpriv", process.env["PATH"], "/");
  if (setpriv !== null && isUtilLinux(setpriv)) {
    return [setpriv, `--reuid=${id}`, `--regid=${gid}`, "--init-groups", "--"];
  }
  const runuser = which("runuser", process.env["PATH"], "/");
  if (runuser !== null) return [runuser, "-u", name, "--"];
  throw new SlothError("E_COMMAND", `cannot run a command as '${name}', who is in further groups`, {
    hint: "install util-linux, whose setpriv or runuser sets them",
  });
}

/** Busybox has a setpriv too, which knows none of these options. */
function isUtilLinux(setpriv: string): boolean {
  const asked = Bun.spawnSync([setpriv, "--version"], {
    stdin: "ignore",
    stderr: "ignore",
    env: childEnvironment(),
  });
  return asked.exitCode === 0 && asked.stdout.toString().includes("util-linux");
}
