import { toText } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn, parentOf } from "../../base/path.ts";
import type { FileStat, ReadSystem, System } from "../../system/system.ts";
import { contentsFor } from "../_accounts/own-text.ts";
import { writeText } from "../_files/edit.ts";
import type { TextStore } from "../_files/entries.ts";
import { missing } from "../_files/file.ts";
import { octal } from "../../engine/call/path-facts.ts";

/** A file of keys, or of known hosts; that of a user is in his ~/.ssh. */
export type KeysFile = {
  readonly path: string;
  /** Whose it is; without it, as where it is made of the home above it. */
  readonly uid?: number;
};

/** As the user could read and write it himself; what is made is his alone. `mode`: of a new file. */
export function keysFile<W extends KeysFile>(mode: string): TextStore<W> {
  return {
    read(want, target) {
      using file = target.look(want.path, { follow: true });
      if (file.stat === null) return null;
      refuseOther(want.path, file.stat);
      return toText(contentsFor(want.uid ?? file.stat.uid, file));
    },
    async write(want, before, after, target) {
      if (after === "") return remove(want.path, target);
      const owner = ownerOf(want, target);
      if (before === null) makeDirectory(want, owner, target);
      const desired = before === null ? { mode, ...owner } : null;
      const diff = { action: "update", changes: [], actual: null, desired } as const;
      await writeText({ path: want.path }, before, after, diff, target);
    },
  };
}

function refuseOther(path: string, { type }: FileStat): void {
  if (type !== "file") throw new SlothError("E_FILE_TYPE", `${path} is a ${type}, not a file`);
}

function remove(path: string, target: System): void {
  using place = target.place(path, { follow: true });
  place.unlink();
}

/** ~/.ssh, for its user alone; any other directory is to be there. */
function makeDirectory({ path }: KeysFile, owner: Owner, target: System): void {
  requireDirectory(path, target);
  const directory = parentOf(path);
  if (target.stat(directory) === null) target.mkdir(directory, { mode: 0o700, ...owner });
}

/** Refuses a file of which not even the directory above its own is there. */
export function requireDirectory(path: string, target: ReadSystem): void {
  const directory = parentOf(path);
  if (target.stat(directory)?.type === "directory") return;
  const above = isOwnDirectory(directory) ? parentOf(directory) : directory;
  if (above === directory || target.stat(above)?.type !== "directory")
    throw missing(
      target,
      `directory ${above} does not exist`,
      `declare it before with file_ops.directory{path = "${above}"}`,
    );
}

function isOwnDirectory(directory: string): boolean {
  return nameIn(directory) === ".ssh";
}

interface Owner {
  readonly owner?: string;
  readonly group?: string;
}

function ownerOf({ path, uid }: KeysFile, target: ReadSystem): Owner {
  const directory = parentOf(path);
  const home = isOwnDirectory(directory) ? target.stat(parentOf(directory)) : null;
  if (uid !== undefined) return { owner: String(uid), ...(home?.uid === uid && { group: String(home.gid) }) };
  return home === null ? {} : { owner: String(home.uid), group: String(home.gid) };
}

/** What sshd minds of such a file and of ~/.ssh, with StrictModes: that others than its user and root may write. */
export function strictly({ path, uid }: KeysFile, target: ReadSystem): string {
  for (const one of strictPaths(path)) {
    const stat = target.stat(one);
    if (stat === null) continue;
    if ((stat.mode & OTHERS_WRITE) !== 0) return `${one} is ${octal(stat.mode)}`;
    if (uid !== undefined && stat.uid !== uid && stat.uid !== 0) return `${one} is ${target.userName(stat.uid)}'s`;
  }
  return STRICT;
}

/** Takes from others what sshd minds. */
export function makeStrict({ path, uid }: KeysFile, target: System): void {
  for (const one of strictPaths(path)) {
    using place = target.place(one, { follow: true });
    const { stat } = place;
    if (stat === null) continue;
    if (uid !== undefined && stat.uid !== uid && stat.uid !== 0) {
      if (stat.type === "file") contentsFor(uid, place); // what he may not read was put there to be given to him
      place.chown(String(uid), undefined);
    }
    if ((stat.mode & OTHERS_WRITE) !== 0) place.chmod(stat.mode & ~OTHERS_WRITE);
  }
}

function strictPaths(path: string): readonly string[] {
  const directory = parentOf(path);
  return isOwnDirectory(directory) ? [directory, path] : [path];
}

export const STRICT = "as sshd wants it";
const OTHERS_WRITE = 0o022;
