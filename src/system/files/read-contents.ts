import fs from "node:fs";
import { digestOf, digester, type Digest } from "../../base/digest.ts";
import { pathBytes, printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import { withFollowed } from "./judged.ts";
import { isKernels, isOwnWay } from "./own-ways.ts";
import { refuseToReadFurther } from "./rights.ts";

const PIECE = 1 << 20;
const WHOLE_LIMIT = 64 << 20;
/** Whoever reads a stream may keep its pieces, so each is new memory: garbage is collected beside the work after so many. */
const COLLECT_AFTER = 32;
const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = fs.constants;
/** Linux alone has it, under the same number on every processor we are built for. */
const NO_TRACE = process.platform === "linux" ? 0o1000000 : 0;

/** What a path is opened by, when it is not followed by name. */
export interface Opened {
  /** In place of the path. */
  readonly at?: string | Buffer | undefined;
  /** What was looked at: a link, or anything else, that is there by now is ECHANGED. */
  readonly seen?: { readonly dev: number; readonly ino: number } | undefined;
}

/** Whole contents; E_TOO_LARGE over 64 MiB. */
export function readFile(path: string, opened: Opened = {}): Uint8Array {
  return withFile(path, opened, (fd, size) => {
    if (size > WHOLE_LIMIT) throw tooLarge(path, size);
    return readWhole(fd, size, Buffer.allocUnsafe(size + 1), path);
  });
}

/** Pieces of at most 1 MiB, each read while the one before is used; a file that is one piece is read at once. What is appended meanwhile is read too. */
export async function* stream(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const { fd, size } = openSized(path, {});
  let next: Promise<Uint8Array> | undefined;
  try {
    if (size > 0 && size < PIECE) {
      const whole = attempt("read", path, () => readUpTo(fd, size + 1));
      yield whole;
      if (whole.length === size) return;
    }
    next = readAhead(fd, path);
    for (let pieces = 1; ; pieces++) {
      signal.throwIfAborted();
      const piece = await next;
      if (piece.length === 0) return;
      next = readAhead(fd, path);
      yield piece;
      if (pieces % COLLECT_AFTER === 0) Bun.gc(false);
    }
  } finally {
    await next?.catch(() => {}); // the descriptor is not closed under its reader
    fs.closeSync(fd);
  }
}

/** At once below 1 MiB, else in steps that let others work. */
export function digest(
  path: string,
  key: Uint8Array | undefined,
  signal: AbortSignal,
  opened: Opened = {},
): Digest | Promise<Digest> {
  const small = withFile(path, opened, (fd, size) => {
    if (size > PIECE) return null;
    const buffer = size < scratch.length ? scratch : Buffer.allocUnsafe(size + 1);
    return digestOf(readWhole(fd, size, buffer, path), key);
  });
  return small ?? digestInSteps(path, opened, key, signal);
}

/** What is read only to be digested need not be kept. */
const scratch = Buffer.allocUnsafeSlow(64 << 10);

async function digestInSteps(
  path: string,
  opened: Opened,
  key: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Digest> {
  const sum = digester(key);
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  const { fd } = openSized(path, opened);
  try {
    for (;;) {
      signal.throwIfAborted();
      const piece = await readPiece(fd, path, buffer);
      if (piece.length === 0) return sum.finish();
      sum.update(piece);
    }
  } finally {
    fs.closeSync(fd);
  }
}

function withFile<T>(path: string, opened: Opened, use: (fd: number, size: number) => T): T {
  const { fd, size } = openSized(path, opened);
  try {
    return use(fd, size);
  } catch (error) {
    throw systemError(error, "read", path);
  } finally {
    fs.closeSync(fd);
  }
}

/** Never waits: a fifo or a terminal is refused, not opened for reading. */
function openSized(path: string, opened: Opened): { readonly fd: number; readonly size: number } {
  const { seen } = opened;
  const fd = attempt("read", path, () => openJudged(path, opened));
  const found = fs.fstatSync(fd);
  try {
    if (seen !== undefined && !isSame(found, seen)) throw systemError(new Errno("ECHANGED"), "read", path);
    refuseToReadFurther(path, found);
    if (found.isFile()) return { fd, size: found.size };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  fs.closeSync(fd);
  const code = found.isDirectory() ? "E_IS_DIRECTORY" : "E_NOT_FILE";
  const what = found.isDirectory() ? "a directory" : "not a regular file";
  throw new SlothError(code, `cannot read ${printablePath(path)}: it is ${what}`);
}

/** What is held, or was seen, or else by the links that a change would be led by. */
function openJudged(path: string, { at, seen }: Opened): number {
  if (at !== undefined || seen !== undefined) return openToRead(at ?? pathBytes(path), { seen });
  if (isKernels(path)) return openToRead(pathBytes(path), {});
  if (!isOwnWay(path)) return withFollowed(path, (held) => openToRead(held, {}));
  try {
    return openToRead(pathBytes(path), { unlessLink: true });
  } catch (error) {
    if (errnoOf(error) !== "ELOOP") throw error;
    return withFollowed(path, (held) => openToRead(held, {}));
  }
}

interface Opening {
  readonly seen?: Opened["seen"];
  /** ELOOP for a link. */
  readonly unlessLink?: true;
}

/** Looking leaves no trace, where we may ask for that: a file of somebody else's notes when it was read (open(2), O_NOATIME). */
function openToRead(at: string | Buffer, { seen, unlessLink }: Opening): number {
  const follows = seen === undefined && unlessLink === undefined;
  const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW);
  try {
    return openUntraced(at, flags);
  } catch (error) {
    throw seen !== undefined && errnoOf(error) === "ELOOP" ? new Errno("ECHANGED") : error;
  }
}

function openUntraced(at: string | Buffer, flags: number): number {
  try {
    return fs.openSync(at, flags | NO_TRACE);
  } catch (error) {
    if (errnoOf(error) !== "EPERM" || NO_TRACE === 0) throw error;
    return fs.openSync(at, flags);
  }
}

function isSame(found: fs.Stats, seen: { readonly dev: number; readonly ino: number }): boolean {
  return found.ino === seen.ino && found.dev === seen.dev;
}

/** `size` is what the file says, `buffer` is larger; those of /proc say 0 and hold more, and only the end tells. */
function readWhole(fd: number, size: number, buffer: Buffer, path: string): Uint8Array {
  let length = 0;
  for (;;) {
    const room = buffer.length - length;
    const count = fs.readSync(fd, buffer, length, room, null);
    length += count;
    if (count === 0 || (length === size && count < room)) return buffer.subarray(0, length);
    if (length > WHOLE_LIMIT) throw tooLarge(path, length);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.max(4096, length * 2));
  }
}

function readUpTo(fd: number, size: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(size);
  return buffer.subarray(0, fs.readSync(fd, buffer, 0, size, null));
}

/** Its failure is whose who waits for it, however late that is. */
function readAhead(fd: number, path: string): Promise<Uint8Array> {
  const piece = readPiece(fd, path, Buffer.allocUnsafeSlow(PIECE));
  piece.catch(() => {});
  return piece;
}

function readPiece(fd: number, path: string, buffer: Buffer): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  fs.read(fd, buffer, 0, PIECE, null, (error, count) => {
    if (error === null) resolve(buffer.subarray(0, count));
    else reject(systemError(error, "read", path));
  });
  return promise;
}

function tooLarge(path: string, size: number): SlothError {
  const mib = Math.ceil(size / (1 << 20));
  return new SlothError(
    "E_TOO_LARGE",
    `${printablePath(path)} is too large to be read whole: ${mib} MiB, limit 64 MiB`,
  );
}
