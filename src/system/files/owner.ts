import type { Attributes } from "./files.ts";
import { Errno } from "../system-error.ts";

const STICKY = 0o1000;
/** Or the group. */
const OTHERS_WRITE = 0o0022;

interface Owned {
  readonly uid: number;
  readonly gid: number;
}

export interface Ownership extends Owned {
  /** Both are as they were. */
  readonly isKept: boolean;
}

/**
 * Owner and group as asked, else as the replaced file had them. Who may not give files away replaces somebody else's file by one of
 * their own, as with Ansible; what was asked for must hold. `give` answers whether it was permitted.
 */
export function settleOwner(
  made: Owned,
  old: Owned | undefined,
  asked: Pick<Attributes, "uid" | "gid">,
  give: (uid: number, gid: number) => boolean,
): Ownership {
  const owner = ownerFor(made, old, asked, give);
  return { ...owner, isKept: old === undefined || (owner.uid === old.uid && owner.gid === old.gid) };
}

function ownerFor(
  made: Owned,
  old: Owned | undefined,
  asked: Pick<Attributes, "uid" | "gid">,
  give: (uid: number, gid: number) => boolean,
): Owned {
  const uid = asked.uid ?? old?.uid ?? made.uid;
  const gid = asked.gid ?? old?.gid ?? made.gid;
  const mayBe = (u: number, g: number): boolean => (u === made.uid && g === made.gid) || give(u, g);
  if (mayBe(uid, gid)) return { uid, gid };
  if (asked.uid === undefined && mayBe(made.uid, gid)) return { uid: made.uid, gid };
  const least = { uid: asked.uid ?? made.uid, gid: asked.gid ?? made.gid };
  if (!mayBe(least.uid, least.gid)) throw new Errno("EPERM");
  return least;
}

/**
 * The mode of a file that none was asked for. Set-uid and set-gid are for the owner and group they were given for; a new owner's file is
 * not open to those whom the old one let in, beyond what a new file would be.
 */
export function modeLike(
  old: ({ readonly mode: number } & Owned) | undefined,
  owner: Ownership,
  umask: number,
): number {
  if (old === undefined) return 0o666 & ~umask;
  if (owner.isKept) return old.mode & 0o7777;
  return old.mode & 0o777 & (owner.uid === old.uid ? ~0 : ~umask);
}

/**
 * What counts as the file that is replaced: in a sticky directory a file stays its maker's, who may have put it there to be found by us, so
 * there it counts for nothing unless it is ours, root's or the directory's owner's.
 */
export function replacedBy<F extends Owned>(
  old: F | undefined,
  directory: Owned & { readonly mode: number },
  euid: number,
): F | undefined {
  const isShared = (directory.mode & STICKY) !== 0 && (directory.mode & OTHERS_WRITE) !== 0;
  return old !== undefined && isShared && ![0, euid, directory.uid].includes(old.uid) ? undefined : old;
}
