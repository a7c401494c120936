import { userInfo } from "node:os";
import { resolve } from "node:path";
import { DatabaseError } from "../base/errors.ts";

type Environment = { readonly [name: string]: string | undefined };

/** Where the database is: `--db`, else SLOTH_RUNNER_DB, else the machine's for root and the user's own for others. */
export function databasePath(
  flag: string | undefined,
  env: Environment = process.env,
  uid: number = process.geteuid?.() ?? -1,
  home: string | undefined = env["HOME"] || passwdHome(),
): string {
  if (flag !== undefined) return resolve(flag);
  if (env["SLOTH_RUNNER_DB"]) return resolve(env["SLOTH_RUNNER_DB"]);
  if (uid === 0) return "/etc/sloth-runner/stacks.db";
  if (home) return resolve(home, ".sloth-runner/stacks.db");
  throw new DatabaseError("E_DB_PLACE", "there is no HOME and no passwd entry to keep the database in", {
    hint: "say where with --db PATH",
  });
}

/** Whether it is where the database is when nobody says anything; its directory is made when it is needed. */
export function isDefaultPlace(place: string): boolean {
  try {
    return place === databasePath(undefined, { ...process.env, SLOTH_RUNNER_DB: undefined });
  } catch {
    return false; // there is none
  }
}

function passwdHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined; // no passwd entry
  }
}
