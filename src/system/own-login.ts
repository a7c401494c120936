import { realGround } from "./ground.ts";
import { AtWork } from "./processes/at-work.ts";
import { assumeLogin } from "./processes/environment.ts";
import { errnoOf } from "./system-error.ts";

/** Makes this process what a login of its user is: its environment, at home where it may be there. Answers the user's name. */
export function assumeOwnLogin(): string {
  const uid = process.geteuid?.() ?? 0;
  const account = realGround().accounts.users.numbered(uid);
  assumeLogin(account);
  goTo(account?.home ?? "/");
  return account?.name ?? String(uid);
}

/** Notes of commands at work, where nobody but our user comes: for root gone with the boot, as they are. */
export function openAtWork(): AtWork {
  const isRoot = process.geteuid?.() === 0;
  return new AtWork(isRoot ? "/run/sloth-runner" : `${process.env["HOME"] ?? "/nonexistent"}/.cache/sloth-runner`);
}

function goTo(home: string): void {
  try {
    process.chdir(home);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
