import type { UserFacts, UserWant } from "./user.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { busybox } from "./busybox.ts";
import { shadowUtils } from "./shadow-utils.ts";

/** The programs that change accounts: shadow-utils, or busybox's own in small containers. */
export interface AccountTools {
  /** Also expiry; not password, lock and keys. */
  addUser(want: UserWant, stated: Partial<UserFacts>, target: System): Promise<void>;
  /** `changed`: only what differs. */
  changeUser(want: UserWant, changed: Partial<UserFacts>, target: System): Promise<void>;
  lockUser(name: string, locked: boolean, target: System): Promise<void>;
  removeUser(name: string, removeHome: boolean, target: System): Promise<void>;
  addGroup(
    group: { readonly name: string; readonly gid: number | null; readonly system: boolean },
    target: System,
  ): Promise<void>;
  changeGroup(name: string, gid: number, target: System): Promise<void>;
  removeGroup(name: string, target: System): Promise<void>;
}

export function accountTools(target: System): AccountTools {
  if (target.which("useradd") !== null) return shadowUtils;
  if (target.which("adduser") !== null) return busybox;
  throw new SlothError("E_COMMAND", "there is neither useradd nor adduser on this machine", {
    hint: "install the package shadow",
  });
}

/** The tools' own messages say only that a file cannot be locked. */
export function requireRoot(
  target: ReadSystem,
  what: "users" | "groups" | "packages" | "unit files" | "system files",
): void {
  if (target.euid === 0) return;
  throw new SlothError("E_ACCESS", `changing ${what} takes root, and we are uid ${target.euid}`, {
    hint: "run it with sudo",
  });
}

/** The tools lock the account files themselves, but give up on each other. */
export const ACCOUNTS: readonly string[] = ["accounts"];
