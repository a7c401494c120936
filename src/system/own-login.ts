import { realGround } from "./ground.ts";
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

function goTo(home: string): void {
  try {
    process.chdir(home);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
