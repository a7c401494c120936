import type { Attributes } from "./files.ts";
import { Errno } from "../system-error.ts";

const SET_ID = 0o6000;

interface Owned {
  readonly uid: number;
  readonly gid: number;
}

export interface Ownership extends Owned {
  /** Not so: the replaced file's owner or group could not be kept. */
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
  const uid = asked.uid ?? old?.uid ?? made.uid;
  const gid = asked.gid ?? old?.gid ?? made.gid;
  const mayBe = (u: number, g: number): boolean => (u === made.uid && g === made.gid) || give(u, g);
  if (mayBe(uid, gid)) return { uid, gid, isKept: true };
  if (asked.uid === undefined && mayBe(made.uid, gid)) return { uid: made.uid, gid, isKept: false };
  const least = { uid: asked.uid ?? made.uid, gid: asked.gid ?? made.gid };
  if (!mayBe(least.uid, least.gid)) throw new Errno("EPERM");
  return { ...least, isKept: false };
}

/** The mode of a file that none was asked for. Set-uid and set-gid are for the owner they were given for. */
export function modeLike(old: { readonly mode: number } | undefined, isOwnerKept: boolean, umask: number): number {
  if (old === undefined) return 0o666 & ~umask;
  return old.mode & 0o7777 & (isOwnerKept ? ~0 : ~SET_ID);
}
