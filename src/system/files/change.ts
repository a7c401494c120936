import { nameIn, parentOf } from "../../base/path.ts";
import fs from "node:fs";
import { pathBytes, printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import { type Attributes } from "./files.ts";
import { SafeDirectory } from "./safe-directory.ts";
import { Errno, attempt, errnoOf } from "../system-error.ts";
import { temporaryName } from "./temporary.ts";

const O_PATH = 0o10000000;
const { O_NOFOLLOW } = fs.constants;
const SET_ID = 0o6000;

/** With owner and mode before it has its name, where those are not what the kernel gives it anyway. */
export function mkdir(path: string, attributes: Attributes, umask: number): void {
  attempt("make the directory", path, () => {
    using directory = new SafeDirectory(parentOf(path));
    const target = directory.at(nameIn(path));
    if (isPlain(attributes, umask)) makePlain(target, attributes.mode);
    else makeHidden(target, directory.at(temporaryName(path)), attributes, umask);
  });
}

/** Nothing to hide: it is made with no more rights than it is to have. */
function isPlain({ mode = 0, uid, gid }: Attributes, umask: number): boolean {
  return uid === undefined && gid === undefined && (mode & ~(0o777 & ~umask)) === 0;
}

/** Set-gid and an ACL that the parent hands on are taken off when they are not in the mode asked for. */
function makePlain(target: string | Buffer, mode: number | undefined): void {
  fs.mkdirSync(target, { mode: mode ?? 0o777 });
  if (mode !== undefined && (fs.lstatSync(target).mode & 0o7777) !== mode) fs.chmodSync(target, mode);
}

function makeHidden(target: string | Buffer, temporary: string | Buffer, attributes: Attributes, umask: number): void {
  if (fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw new Errno("EEXIST");
  fs.mkdirSync(temporary, { mode: 0o700 });
  try {
    const made = fs.lstatSync(temporary);
    fs.lchownSync(temporary, attributes.uid ?? made.uid, attributes.gid ?? made.gid);
    fs.chmodSync(temporary, attributes.mode ?? (0o777 & ~umask) | (made.mode & SET_ID));
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmdirSync(temporary);
    throw error;
  }
}

/** Never through a link: of what has that very name. */
export function chmod(path: string, mode: number): void {
  withName("change the mode of", path, (name) => chmodOf(name, mode));
}

function chmodOf(name: string | Buffer, mode: number): void {
  const fd = fs.openSync(name, O_PATH | O_NOFOLLOW);
  try {
    if (fs.fstatSync(fd).isSymbolicLink()) throw new Errno("ELINK");
    fs.chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    fs.closeSync(fd);
  }
}

/** The kernel takes set-uid and set-gid off a file that changes hands; they are put back. */
export function chown(path: string, uid: number | undefined, gid: number | undefined): void {
  withName("change the owner of", path, (name) => {
    const before = fs.lstatSync(name);
    fs.lchownSync(name, uid ?? before.uid, gid ?? before.gid);
    if (before.isFile() && (before.mode & SET_ID) !== 0) chmodOf(name, before.mode & 0o7777);
  });
}

export function utimes(path: string, atimeMs: number, mtimeMs: number): void {
  withName("set the times of", path, (name) => fs.lutimesSync(name, fileTime(atimeMs), fileTime(mtimeMs)));
}

/** A negative number would be taken for now; a Date is not as fine. */
export function fileTime(milliseconds: number): number | Date {
  return milliseconds < 0 ? new Date(milliseconds) : milliseconds / 1000;
}

/** With the name to use for a path whose directory was opened safely. */
function withName(verb: string, path: string, action: (name: string | Buffer) => void): void {
  attempt(verb, path, () => {
    using directory = new SafeDirectory(parentOf(path));
    action(directory.at(nameIn(path)));
  });
}

export function symlink(target: string, path: string): void {
  putAtomically("make the link", path, (name) => fs.symlinkSync(pathBytes(target), name));
}

export function hardlink(existing: string, path: string): void {
  putAtomically("make the hard link", path, (name) => {
    try {
      fs.linkSync(pathBytes(existing), name);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT" || errno === "ENOTDIR") throw nothingToLink(existing, path);
      if (errno === "EPERM" && fs.lstatSync(pathBytes(existing)).isDirectory())
        throw directoryHasOneName(existing, path);
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
function putAtomically(verb: string, path: string, make: (name: string | Buffer) => void): void {
  attempt(verb, path, () => {
    using directory = new SafeDirectory(parentOf(path));
    const target = directory.at(nameIn(path));
    try {
      return make(target);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    const temporary = directory.at(temporaryName(path));
    try {
      make(temporary);
      fs.renameSync(temporary, target);
    } finally {
      // Also when it was renamed: two names of one file stay both.
      fs.rmSync(temporary, { force: true });
    }
  });
}

export function rename(from: string, to: string): void {
  withName("rename", from, (source) => {
    using directory = new SafeDirectory(parentOf(to));
    try {
      fs.renameSync(source, directory.at(nameIn(to)));
    } catch (error) {
      throw errnoOf(error) === "EINVAL" ? new Errno("EINTOSELF") : error;
    }
  });
}

/** A file, a link, or an empty directory. */
export function unlink(path: string): void {
  withName("remove", path, (name) => {
    if (fs.lstatSync(name).isDirectory()) fs.rmdirSync(name);
    else fs.unlinkSync(name);
  });
}
