import { toText } from "../../base/byte-text.ts";
import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import type { FileStat, FileType } from "../system.ts";
import type { Right } from "./files.ts";

const QUIET = { throwIfNoEntry: false } as const;

export function lstat(path: string): FileStat | null {
  try {
    const found = fs.lstatSync(pathBytes(path), QUIET);
    return found === undefined ? null : toFileStat(found);
  } catch (error) {
    if (isNothing(error)) return null;
    throw systemError(error, "look at", path);
  }
}

export function stat(path: string): FileStat | null {
  try {
    const found = fs.statSync(pathBytes(path), QUIET);
    return found === undefined ? null : toFileStat(found);
  } catch (error) {
    if (isNothing(error) || errnoOf(error) === "ELOOP") return null;
    throw systemError(error, "look at", path);
  }
}

export function readLink(path: string, at: string | Buffer = pathBytes(path)): string {
  return attempt("read the link", path, () => {
    try {
      const target = fs.readlinkSync(at);
      return isExact(target) ? target : toText(fs.readlinkSync(at, { encoding: "buffer" }));
    } catch (error) {
      throw errnoOf(error) === "EINVAL" ? new Errno("ENOTLINK") : error;
    }
  });
}

export function realPath(path: string): string | null {
  try {
    const real = fs.realpathSync.native(pathBytes(path));
    return isExact(real) ? real : toText(fs.realpathSync.native(pathBytes(path), { encoding: "buffer" }));
  } catch (error) {
    if (isNothing(error) || errnoOf(error) === "ELOOP") return null;
    throw systemError(error, "resolve", path);
  }
}

export function list(path: string, at: string | Buffer = pathBytes(path)): readonly string[] {
  return attempt("list", path, () => {
    const names = fs.readdirSync(at);
    if (names.every(isExact)) return names.sort(byBytes);
    return fs
      .readdirSync(at, { encoding: "buffer" })
      .sort((a, b) => Buffer.compare(a, b))
      .map(toText);
  });
}

/** See BaseLooks. */
export function refused(path: string | Buffer, what: Right): string | null {
  const name = typeof path === "string" ? pathBytes(path) : path;
  try {
    if (what === "name") openUntouched(name);
    else fs.accessSync(name, MODES[what]);
    return null;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}

const { W_OK, X_OK, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const MODES = { contents: W_OK, names: W_OK | X_OK, search: X_OK } as const;

/** Nothing is written: only then does the kernel tell that a file may be appended to and no more. */
function openUntouched(name: string | Buffer): void {
  fs.closeSync(fs.openSync(name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
}

/** Order of the bytes of two names: UTF-16 order differs from it only beyond the BMP and for our surrogates. */
export function byBytes(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(pathBytes(a)), Buffer.from(pathBytes(b)));
}

export function toFileStat(found: fs.Stats): FileStat {
  return {
    type: TYPES[(found.mode & fs.constants.S_IFMT) >> 12] ?? "file",
    mode: found.mode & 0o7777,
    uid: found.uid,
    gid: found.gid,
    size: found.size,
    mtimeMs: found.mtimeMs,
    atimeMs: found.atimeMs,
    ctimeMs: found.ctimeMs,
    ino: found.ino,
    dev: found.dev,
    nlink: found.nlink,
  };
}

/** By the four type bits of st_mode. */
const TYPES: { readonly [bits: number]: FileType } = {
  1: "fifo",
  2: "character",
  4: "directory",
  6: "block",
  8: "file",
  10: "link",
  12: "socket",
};

const ASCII = /^[\0-\x7f]*$/;

/** Bytes that are not UTF-8 are read as U+FFFD; a name may hold a real one, which reads the same as bytes. */
function isExact(text: string): boolean {
  return !text.includes("\uFFFD");
}

function isNothing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === "ENOENT" || errno === "ENOTDIR";
}
