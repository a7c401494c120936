import fs from "node:fs";
import { SlothError } from "../../base/errors.ts";
import { pathBytes, printablePath } from "../../base/path-text.ts";
import { Errno, errnoOf } from "../system-error.ts";
import type { Attributes } from "./files.ts";
import type { Place } from "./place.ts";
import { PrivateDirectory } from "./private-directory.ts";
import { dropInherited, refuseFurtherNames } from "./rights.ts";
import { temporaryName } from "./temporary.ts";

const SET_ID = 0o6000;

/** With owner and mode before it has its name, where those are not what the kernel gives it anyway. */
export function mkdir(place: Place, attributes: Attributes, umask: number): void {
  if (isPlain(attributes, umask) && isOurs(place.directoryStat) && makePlain(place, attributes.mode)) return;
  if (fs.lstatSync(place.name, { throwIfNoEntry: false }) !== undefined) throw new Errno("EEXIST");
  using own = new PrivateDirectory(place);
  fs.mkdirSync(own.made, { mode: 0o700 });
  const made = fs.lstatSync(own.made);
  const uid = attributes.uid ?? made.uid;
  dropInherited(place.directoryStat, own.made.toString(), uid, true);
  fs.lchownSync(own.made, uid, attributes.gid ?? made.gid);
  fs.chmodSync(own.made, attributes.mode ?? (0o777 & ~umask) | (made.mode & SET_ID));
  fs.renameSync(own.made, place.name);
}

/** Nothing to hide: it is made with no more rights than it is to have. */
function isPlain({ mode = 0, uid, gid }: Attributes, umask: number): boolean {
  return uid === undefined && gid === undefined && (mode & ~(0o777 & ~umask)) === 0;
}

/** In somebody else's directory it could be given an ACL of theirs, or be exchanged before it is looked at. */
function isOurs({ uid }: { readonly uid: number }): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** false: it was not made, because set-gid or an ACL that the parent hands on is not in the mode asked for. */
function makePlain({ name }: Place, mode: number | undefined): boolean {
  fs.mkdirSync(name, { mode: mode ?? 0o777 });
  if (mode === undefined || (fs.lstatSync(name).mode & 0o7777) === mode) return true;
  fs.rmdirSync(name);
  return false;
}

/** Never through a link: of what has that very name. */
export function chmod(place: Place, mode: number): void {
  const { held, found } = place;
  if (found?.isSymbolicLink() === true) throw new Errno("ELINK");
  refuseFurtherNames(place);
  fs.chmodSync(held, mode);
}

export function utimes(place: Place, atimeMs: number, mtimeMs: number): void {
  const { held } = place;
  refuseFurtherNames(place);
  fs.utimesSync(held, fileTime(atimeMs), fileTime(mtimeMs));
}

/** A negative number would be taken for now; a Date is not as fine. */
export function fileTime(milliseconds: number): number | Date {
  return milliseconds < 0 ? new Date(milliseconds) : milliseconds / 1000;
}

/** With its owner, when one is stated, before it has its name. */
export function symlink(target: string, place: Place, { uid, gid }: Pick<Attributes, "uid" | "gid">): void {
  if (uid === undefined && gid === undefined)
    return putAtomically(place, (name) => fs.symlinkSync(pathBytes(target), name));
  using own = new PrivateDirectory(place);
  fs.symlinkSync(pathBytes(target), own.made);
  const made = fs.lstatSync(own.made);
  fs.lchownSync(own.made, uid ?? made.uid, gid ?? made.gid);
  fs.renameSync(own.made, place.name);
}

export function hardlink(existing: Place, place: Place): void {
  if (existing.found === undefined) throw nothingToLink(existing.path, place.path);
  if (existing.found.isDirectory()) throw directoryHasOneName(existing.path, place.path);
  putAtomically(place, (name) => {
    fs.linkSync(existing.name, name);
    try {
      existing.verify(name);
    } catch (error) {
      fs.unlinkSync(name);
      throw error;
    }
  });
}

export function nothingToLink(existing: string, path: string): SlothError {
  return new SlothError("E_NOT_FOUND", `${noHardLink(path)}: ${printablePath(existing)} is not there`);
}

export function directoryHasOneName(existing: string, path: string): SlothError {
  return new SlothError("E_IS_DIRECTORY", `${noHardLink(path)}: ${printablePath(existing)} is a directory`);
}

function noHardLink(path: string): string {
  return `cannot make the hard link ${printablePath(path)}`;
}

/** Straight to its name when that is free, else to a temporary one that is renamed over what is there. */
function putAtomically(place: Place, make: (name: string | Buffer) => void): void {
  try {
    return make(place.name);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  const temporary = place.beside(temporaryName(place.path));
  try {
    make(temporary);
    fs.renameSync(temporary, place.name);
  } finally {
    // Also when it was renamed: two names of one file stay both.
    fs.rmSync(temporary, { force: true });
  }
}

export function rename(from: Place, to: Place): void {
  try {
    fs.renameSync(from.name, to.name);
  } catch (error) {
    throw errnoOf(error) === "EINVAL" ? new Errno("EINTOSELF") : error;
  }
}

/** A file, a link, or an empty directory. */
export function unlink({ name, found }: Place): void {
  if (found === undefined) throw new Errno("ENOENT");
  if (found.isDirectory()) fs.rmdirSync(name);
  else fs.unlinkSync(name);
}
