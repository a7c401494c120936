import { SlothError } from "../../base/errors.ts";
import type { Look, Place, ReadSystem, System } from "../../system/system.ts";
import { parentOf } from "../../base/path.ts";
import { makeDirectories } from "../_files/file.ts";
import type { PasswdEntry } from "../_accounts/database.ts";

const SKELETON = "/etc/skel";

/** The home directory of a user that is there already, with what every new one gets. Held all the while, whatever has its name. */
export async function makeHome({ home, uid, gid }: PasswdEntry, target: System): Promise<void> {
  makeHomeParents(home, target);
  // Ours until it is filled, so that nobody can plant a link in it.
  target.mkdir(home, { mode: 0o700 });
  using place = target.place(home);
  if (place.stat?.type !== "directory" || place.stat.uid !== target.euid || place.list().length > 0)
    throw new SlothError("E_CHANGED", `${home} was exchanged while it was made`, { hint: "run again" });
  const owner = { owner: String(uid), group: String(gid) };
  using skeleton = target.look(SKELETON, { follow: true });
  if (skeleton.stat?.type === "directory") await fill(place, skeleton, owner, target);
  place.chown(owner.owner, owner.group);
  place.chmod(homeMode(target));
}

/** With the modes of what is copied, as far as our umask leaves them. What is neither file, directory nor link is left out. */
async function fill(into: Place, from: Look, owner: Owner, target: System): Promise<void> {
  for (const name of from.list()) {
    using source = from.below(name);
    using made = into.below(name);
    const mode = (source.stat?.mode ?? 0) & 0o777 & ~target.umask;
    if (source.stat?.type === "link") made.symlink(source.readLink(), owner);
    else if (source.stat?.type === "file") await made.writeFile(source.readFile(), { mode, ...owner });
    else if (source.stat?.type === "directory") {
      made.mkdir({ mode, ...owner });
      using inside = into.below(name);
      await fill(inside, source, owner, target);
    }
  }
}

interface Owner {
  readonly owner: string;
  readonly group: string;
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
