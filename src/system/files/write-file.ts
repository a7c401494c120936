import { nameIn, parentOf } from "../../base/path.ts";
import fs from "node:fs";
import { digester, isKeyed } from "../../base/digest.ts";
import { printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import { keepBackup } from "./backup.ts";
import { copyExtendedAttributes } from "./extended-attributes.ts";
import { type WriteRequest } from "./files.ts";
import { modeLike, settleOwner } from "./owner.ts";
import { SafeDirectory } from "./safe-directory.ts";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import type { Contents } from "../system.ts";
import { openTemporary, type TemporaryFile } from "./temporary-file.ts";
import { writeInPlace } from "./write-in-place.ts";

/** Above this, waiting for the disk is left to another thread. */
const LARGE = 1 << 20;

/**
 * The new contents under a temporary name in the same directory, complete, checked, with owner, mode, ACL and extended
 * attributes, on disk; then the rename. Whoever looks sees the old file or the new one. A failure leaves the old one and no trace.
 */
export async function writeFile(path: string, contents: Contents, request: WriteRequest, umask: number): Promise<void> {
  try {
    using directory = new SafeDirectory(parentOf(path));
    const target = directory.at(nameIn(path));
    const replaced = fs.lstatSync(target, { throwIfNoEntry: false });
    if (replaced?.isDirectory() === true) throw new Errno("EISDIR");
    const old = replaced?.isFile() === true ? replaced : undefined;
    using temporary = openTemporary(directory, path, target);
    const { fd } = temporary;
    const length = await fill(fd, contents, request, path);
    const owner = attempt("set the owner of", path, () =>
      settleOwner(fs.fstatSync(fd), old, request, (uid, gid) => mayOwn(fd, uid, gid)),
    );
    if (old !== undefined) await copyExtendedAttributes(target, temporary.at);
    fs.fchmodSync(fd, request.mode ?? modeLike(old, owner.isKept, umask));
    await sync(fd, length);
    temporary.close();
    await request.validate?.(temporary.path);
    request.signal.throwIfAborted();
    if (request.backup && old !== undefined) keepBackup(directory, path, old);
    replace(temporary, target, request, path);
  } catch (error) {
    throw systemError(error, "write", path);
  }
}

function replace(temporary: TemporaryFile, target: string | Buffer, request: WriteRequest, path: string): void {
  try {
    temporary.renameTo(target);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "EBUSY" && errno !== "EXDEV") throw error;
    writeInPlace(temporary.at, target, request, path);
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
