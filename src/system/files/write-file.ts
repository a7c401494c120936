import fs from "node:fs";
import { digester, isKeyed } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import { printablePath } from "../../base/path-text.ts";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import type { Contents } from "../system.ts";
import { keepBackup } from "./backup.ts";
import { copyExtendedAttributes } from "./extended-attributes.ts";
import { fileTime } from "./change.ts";
import type { Times, WriteRequest } from "./files.ts";
import { modeLike, replacedBy, settleOwner } from "./owner.ts";
import type { Place } from "./place.ts";
import { dropInherited } from "./rights.ts";
import { openTemporary, type TemporaryFile } from "./temporary-file.ts";
import { writeInPlace } from "./write-in-place.ts";

/** Above this, waiting for the disk is left to another thread. */
const LARGE = 1 << 20;

/**
 * The new contents under a temporary name in the same directory, complete, checked, with owner, mode, ACL and extended
 * attributes, on disk; then the rename, when what was found is still there. Whoever looks sees the old file or the new one. A failure
 * leaves the old one and no trace.
 */
export async function writeFile(place: Place, contents: Contents, request: WriteRequest, umask: number): Promise<void> {
  const { path, found } = place;
  try {
    if (found?.isDirectory() === true) throw new Errno("EISDIR");
    using temporary = openTemporary(place);
    const length = await fill(temporary.fd, contents, request, path);
    setAttributes(temporary.fd, place, request, umask);
    if (request.times !== undefined) setTimes(temporary.fd, request.times);
    await sync(temporary.fd, length);
    temporary.finish();
    await request.validate?.(temporary.path);
    request.signal.throwIfAborted();
    place.verify();
    if (request.backup && found?.isFile() === true) keepBackup(place, found);
    replace(temporary, place, request);
  } catch (error) {
    throw systemError(error, "write", path);
  }
}

function setTimes(fd: number, { atimeMs, mtimeMs }: Times): void {
  fs.futimesSync(fd, fileTime(atimeMs), fileTime(mtimeMs));
}

/** As asked, else as the file that is replaced. */
function setAttributes(fd: number, place: Place, request: WriteRequest, umask: number): void {
  const directory = place.directoryStat;
  const file = place.found?.isFile() === true ? place.found : undefined;
  const old = replacedBy(file, directory, process.geteuid?.() ?? 0);
  const made = fs.fstatSync(fd);
  const owner = attempt("set the owner of", place.path, () =>
    settleOwner(made, old, request, (uid, gid) => mayOwn(fd, uid, gid)),
  );
  const held = `/proc/self/fd/${fd}`;
  if (old !== undefined) copyExtendedAttributes(place.held, held, owner.isKept);
  dropInherited(directory, held, owner.uid, false);
  fs.fchmodSync(fd, request.mode ?? modeLike(old, owner, umask));
}

function replace(temporary: TemporaryFile, place: Place, request: WriteRequest): void {
  try {
    temporary.renameTo(place.name);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "EBUSY" && errno !== "EXDEV") throw error;
    writeInPlace(temporary.fd, place, request);
  }
}

/** Writes all of it and answers how long it was. */
async function fill(fd: number, contents: Contents, request: WriteRequest, path: string): Promise<number> {
  const expected = request.digest;
  const sum = expected === undefined ? undefined : digester(isKeyed(expected) ? request.key : undefined);
  let length = 0;
  const add = (piece: Uint8Array): void => {
    request.signal.throwIfAborted();
    sum?.update(piece);
    writeAll(fd, piece);
    length += piece.length;
  };
  if (contents instanceof Uint8Array) add(contents);
  else for await (const piece of contents) add(piece);
  if (sum !== undefined && sum.finish() !== expected) throw sourceChanged(path);
  return length;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done);
}

/** Gives what we just made its owner; false: we may not. */
function mayOwn(fd: number, uid: number, gid: number): boolean {
  try {
    fs.fchownSync(fd, uid, gid);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EPERM") return false;
    throw error;
  }
}

function sync(fd: number, length: number): void | Promise<void> {
  if (length <= LARGE) return fs.fsyncSync(fd);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  fs.fsync(fd, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  return promise;
}

export function sourceChanged(path: string): SlothError {
  return new SlothError("E_SOURCE_CHANGED", `the contents for ${printablePath(path)} changed while they were read`, {
    hint: "the old file is still in place; run again",
  });
}
