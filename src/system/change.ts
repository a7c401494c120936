import fs from "node:fs";
import { pathBytes, printablePath } from "../engine/path-text.ts";
import { SlothError } from "../errors.ts";
import { baseOf, parentOf, type Attributes } from "./files.ts";
import { SafeDirectory } from "./safe-directory.ts";
import { attempt, errnoOf, systemError } from "./system-error.ts";
import { temporaryName } from "./temporary.ts";

const O_PATH = 0o10000000;
const { O_NOFOLLOW } = fs.constants;
const SET_ID = 0o6000;
const SET_GID = 0o2000;

/** With owner and mode before it has its name, where those are not what the kernel gives it anyway. */
export function mkdir(path: string, attributes: Attributes, umask: number): void {
  using directory = new SafeDirectory(parentOf(path));
  const target = directory.at(baseOf(path));
  const mode = attributes.mode ?? 0o777 & ~umask;
  const inherits = attributes.mode !== undefined && (fs.statSync(directory.at(".")).mode & SET_GID) !== 0;
  const owned = attributes.uid !== undefined || attributes.gid !== undefined;
  const plain = !owned && !inherits && (mode & ~(0o777 & ~umask)) === 0;
  if (plain) return attempt("make the directory", path, () => fs.mkdirSync(target, { mode }));
  if (fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw new SlothError("E_EXISTS", `cannot make the directory ${printablePath(path)}: it exists already`);
  }
  const temporary = directory.at(temporaryName(path));
  try {
    fs.mkdirSync(temporary, { mode: 0o700 });
    const made = fs.lstatSync(temporary);
    fs.lchownSync(temporary, attributes.uid ?? made.uid, attributes.gid ?? made.gid);
    fs.chmodSync(temporary, attributes.mode ?? mode | (made.mode & SET_ID));
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true, recursive: true });
    throw systemError(error, "make the directory", path);
  }
}

/** Never through a link: of what has that very name. */
export function chmod(path: string, mode: number): void {
  attempt("change the mode of", path, () => {
    const fd = fs.openSync(pathBytes(path), O_PATH | O_NOFOLLOW);
    try {
      if (fs.fstatSync(fd).isSymbolicLink())
        throw new SlothError("E_LOOP", `${printablePath(path)} is a link, which has no mode`);
      fs.chmodSync(`/proc/self/fd/${fd}`, mode);
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** The kernel takes set-uid and set-gid off a file that changes hands; they are put back. */
export function chown(path: string, uid: number | undefined, gid: number | undefined): void {
  attempt("change the owner of", path, () => {
    const before = fs.lstatSync(pathBytes(path));
    fs.lchownSync(pathBytes(path), uid ?? before.uid, gid ?? before.gid);
    if (before.isFile() && (before.mode & SET_ID) !== 0) chmod(path, before.mode & 0o7777);
  });
}

export function utimes(path: string, atimeMs: number, mtimeMs: number): void {
  attempt("set the times of", path, () => fs.lutimesSync(pathBytes(path), atimeMs / 1000, mtimeMs / 1000));
}

export function symlink(target: string, path: string): void {
  putAtomically("make the link", path, (name) => fs.symlinkSync(pathBytes(target), name));
}

export function hardlink(existing: string, path: string): void {
  putAtomically("make the hard link", path, (name) => fs.linkSync(pathBytes(existing), name));
}

/** Straight to its name when that is free, else to a temporary one that is renamed over what is there. */
function putAtomically(verb: string, path: string, make: (name: string | Buffer) => void): void {
  attempt(verb, path, () => {
    using directory = new SafeDirectory(parentOf(path));
    const target = directory.at(baseOf(path));
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
  attempt("rename", from, () => fs.renameSync(pathBytes(from), pathBytes(to)));
}

/** A file, a link, or an empty directory. */
export function unlink(path: string): void {
  attempt("remove", path, () => {
    using directory = new SafeDirectory(parentOf(path));
    const target = directory.at(baseOf(path));
    if (fs.lstatSync(target).isDirectory()) fs.rmdirSync(target);
    else fs.unlinkSync(target);
  });
}
