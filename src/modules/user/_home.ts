import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { parentOf } from "../../base/path.ts";
import { makeDirectories } from "../_files/file.ts";
import type { PasswdEntry } from "../_accounts/database.ts";

const SKELETON = "/etc/skel";

/** The home directory of a user that is there already, with what every new one gets. */
export async function makeHome({ home, uid, gid }: PasswdEntry, target: System): Promise<void> {
  const run = async (argv: Argv): Promise<void> => void mustSucceed(argv, await target.run(argv));
  makeHomeParents(home, target);
  // Ours until it is filled, so that nobody can plant a link in it.
  target.mkdir(home, { mode: 0o700 });
  if (target.stat(SKELETON)?.type === "directory") await run(["cp", "-RP", `${SKELETON}/.`, home]);
  await run(["chown", "-hR", `${uid}:${gid}`, home]);
  target.chmod(home, homeMode(target));
}

/** As useradd makes them, whatever our umask. */
export function makeHomeParents(home: string, target: System): void {
  makeDirectories(target, parentOf(home), { mode: "0755", owner: "root", group: "root" });
}

/** As useradd gives it: HOME_MODE of login.defs, else what its UMASK leaves. */
function homeMode(target: ReadSystem): number {
  const path = "/etc/login.defs";
  const text = target.stat(path) === null ? "" : Buffer.from(target.readFile(path)).toString("utf8");
  const octal = (name: string): number | undefined => {
    const value = new RegExp(`^\\s*${name}\\s+([0-7]+)`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number.parseInt(value, 8);
  };
  return octal("HOME_MODE") ?? 0o777 & ~(octal("UMASK") ?? 0o022);
}
