import fs from "node:fs";
import { SlothError } from "../../base/errors.ts";
import { printablePath } from "../../base/path-text.ts";
import { Errno, errnoOf } from "../system-error.ts";
import { dropAcl } from "./extended-attributes.ts";
import type { Place } from "./place.ts";
import { moverOf } from "./walk.ts";
import type { Mover } from "./link-guard.ts";

/**
 * Changes the owner or group of what was found; either may be left alone. Rights do not survive their owner: the kernel clears set-user-id
 * and set-group-id of a file, and the ACL that the former owner gave goes too.
 */
export function chown(place: Place, uid: number | undefined, gid: number | undefined): void {
  const { held, found } = place;
  if (found === undefined) throw new Errno("ENOENT");
  refuseFurtherNames(place);
  if (uid !== undefined && uid !== found.uid && !found.isSymbolicLink()) dropAcl(held, found.isDirectory());
  fs.chownSync(held, uid ?? found.uid, gid ?? found.gid);
}

export function refuseFurtherNames({ path, found }: Place): void {
  if (found !== undefined && !found.isDirectory()) furtherNames(path, found, () => moverOf(path));
}

/**
 * A file with several names may have been given this one by whoever can write there, and be another's: with the kernel's
 * protected_hardlinks off, anybody's. It is then neither given away nor taken over, nor changed in mode, as with systemd's tmpfiles.
 */
export function furtherNames(
  path: string,
  { uid, nlink }: { readonly uid: number; readonly nlink: number },
  moverAt: () => Mover,
): void {
  const mover = nlink < 2 ? "nobody" : moverAt();
  if (mover === "nobody" || mover === uid) return;
  const by = mover === "several" ? "others" : `uid ${mover}`;
  const what = `${printablePath(path)} is a file of uid ${uid} with ${nlink} names, this one in reach of ${by}`;
  throw new SlothError("E_ACCESS", what, {
    hint: "it may be there to have the file given away; put a copy of its own in its place",
  });
}

/**
 * The same for reading, where the kernel lets anybody give a further name to what he may not read (protected_hardlinks is off, or
 * nobody can say).
 */
export function refuseToReadFurther(path: string, found: fs.Stats, setting = PROTECTED_HARDLINKS): void {
  if (found.isFile() && found.nlink > 1 && !isProtected(setting)) furtherNames(path, found, () => moverOf(path));
}

const PROTECTED_HARDLINKS = "/proc/sys/fs/protected_hardlinks";

function isProtected(setting: string): boolean {
  try {
    return fs.readFileSync(setting, "latin1").trim() !== "0";
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Made in a directory of somebody else for another than them: the ACL that the directory hands on is theirs, not ours. */
export function dropInherited(
  directory: { readonly uid: number },
  held: string,
  uid: number,
  isDirectory: boolean,
): void {
  const euid = process.geteuid?.() ?? 0;
  if (directory.uid !== 0 && directory.uid !== euid && uid !== directory.uid) dropAcl(held, isDirectory);
}
