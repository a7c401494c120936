import { isEnded, processState } from "../../base/process-state.ts";
import {
  accessSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseError } from "../../base/errors.ts";

/*
 * All that the store asks of the file system beside SQLite. It never opens a file that SQLite may have open: closing it
 * would drop the locks SQLite holds on it, as POSIX has it.
 */

export type FileKind = "none" | "file" | "directory" | "other";

export function fileKind(path: string): FileKind {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  if (stat.isDirectory()) return "directory";
  return stat.isFile() ? "file" : "other";
}

/** Size in bytes; 0 when it is not there. */
export function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Tells one file from another that later has its name; 0 when there is none. */
export function fileIdentity(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** How many other names a file has by hard links; those `prefix` begins, in its own directory, do not count. */
export function furtherNames(path: string, prefix: string): number {
  const { nlink, ino } = statSync(path);
  if (nlink === 1) return 0;
  const own = readdirSync(dirname(path)).filter((name) => {
    return name.startsWith(prefix) && fileIdentity(join(dirname(path), name)) === ino;
  });
  return nlink - 1 - own.length;
}

export function mustBeAccessible(path: string, forWriting: boolean): void {
  accessSync(path, forWriting ? constants.R_OK | constants.W_OK : constants.R_OK);
}

/** With its parents, for us alone. What is there already is left as it is. */
export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Whose a file is. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** undefined: it is not there. */
export function ownerOf(path: string): Owner | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat && { uid: stat.uid, gid: stat.gid };
}

/** A directory for its owner alone, below one that is there. What is there already is left as it is. */
export function makeDirectoryFor(path: string, owner: Owner | undefined): void {
  if (fileKind(path) !== "none") return;
  makeDirectory(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    giveTo(fd, owner);
  } finally {
    closeSync(fd);
  }
}

/** An empty file for its owner alone, us when none is said; false when something has that name. */
export function createFile(path: string, owner?: Owner): boolean {
  const fd = openNew(path);
  if (fd === null) return false;
  try {
    giveTo(fd, owner);
  } finally {
    closeSync(fd);
  }
  return true;
}

/** Only root can give away. What is open is given, whatever has its name by now. */
function giveTo(fd: number, owner: Owner | undefined): void {
  if (owner === undefined || process.geteuid?.() !== 0 || fstatSync(fd).uid === owner.uid) return;
  fchownSync(fd, owner.uid, owner.gid);
}

/** Appears whole or not at all, for its owner alone; false when something has that name. */
export function createFileWith(path: string, contents: Uint8Array, owner?: Owner): boolean {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writePrivate(temporary, (write) => write(contents), owner);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(temporary);
  }
  syncDirectory(dirname(path));
  return true;
}

/** A new file for us alone, synced; throws when something has that name. */
export function writePrivate(
  path: string,
  fill: (write: (piece: Uint8Array | string) => void) => void,
  owner?: Owner,
): void {
  const fd = openNew(path);
  if (fd === null) throw new DatabaseError("E_DB_ACCESS", `${path} is there already`, { hint: "choose another name" });
  try {
    giveTo(fd, owner);
    fill((piece) => writeWhole(fd, Buffer.from(piece)));
    fsyncSync(fd);
  } catch (error) {
    rmSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
  syncDirectory(dirname(path));
}

export function readWhole(path: string): Uint8Array {
  return readFileSync(path);
}

export function rename(from: string, to: string): void {
  renameSync(from, to);
  syncDirectory(dirname(to));
}

/** Under a second name too, on the disk. */
export function linkAs(from: string, to: string): void {
  linkSync(from, to);
  syncDirectory(dirname(to));
}

/** Links on the way are followed, and what is not there yet is named as it will be. */
export function realPath(path: string): string {
  if (fileKind(path) !== "none") return realpathSync(path);
  const parent = dirname(path);
  return fileKind(parent) === "none" ? path : join(realpathSync(parent), basename(path));
}

/** Names in a directory; none when it is not there. */
export function namesIn(path: string): readonly string[] {
  return fileKind(path) === "directory" ? readdirSync(path) : [];
}

export function remove(path: string): void {
  rmSync(path, { force: true });
}

/**
 * In a directory where everyone, a group, or another user may write, someone else could have put a link or a file of theirs where ours are expected.
 * Refuses links on the way there, and any of `files` that is not our own.
 */
export function refusePlanted(files: readonly string[]): void {
  for (const file of files) {
    for (let path = file; path !== dirname(path); path = dirname(path)) refuseForeign(path, path === file);
  }
}

/** Also where an ACL lets somebody write: the bits of the group are its mask. */
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

function refuseForeign(path: string, isOurs: boolean): void {
  const parent = statSync(dirname(path), { throwIfNoEntry: false });
  const writers = (parent?.mode ?? 0) & (GROUP_WRITES | OTHERS_WRITE);
  const euid = process.geteuid?.() ?? 0;
  const isTheirs = parent !== undefined && parent.uid !== 0 && parent.uid !== euid;
  if (writers === 0 && !isTheirs) return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  // A group that a user lets into a directory of theirs is mostly their own.
  const isOwnLink = writers === GROUP_WRITES && euid !== 0 && stat.uid === euid;
  const isForeign = writers !== 0 && isOurs && stat.uid !== euid && stat.uid !== 0;
  const isLinked = (stat.isSymbolicLink() && !isOwnLink) || (isOurs && stat.isFile() && stat.nlink > 1);
  if (!isForeign && !isLinked) return;
  const what = isLinked ? "is a link" : "belongs to another user";
  const who = (writers & OTHERS_WRITE) !== 0 ? "everyone" : writers !== 0 ? "a group" : `uid ${parent?.uid}`;
  throw new DatabaseError("E_DB_UNSAFE", `${path} ${what} in a directory where ${who} may write`, {
    hint: "choose another place with --db PATH",
  });
}

const NETWORK =
  /^(nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|coda|ceph|lustre|glusterfs|ocfs2|gfs2|beegfs|gpfs|orangefs|davfs|fuse\.(sshfs|s3fs|gcsfuse|rclone|glusterfs|ceph|cifs|curlftpfs|davfs2?|mfs|moosefs|blobfuse2?))$/;

/** Name of the network file system that a directory is on, else undefined; `mountinfo` is the kernel's table of mounts. */
export function networkFileSystem(directory: string, mountinfo = mounts()): string | undefined {
  const device = statSync(directory).dev;
  const wanted = `${majorOf(device)}:${minorOf(device)}`;
  for (const line of mountinfo.split("\n")) {
    const type = line.split(" ")[2] === wanted ? / - (\S+) /.exec(line)?.[1] : undefined;
    if (type !== undefined && NETWORK.test(type)) return type;
  }
  return undefined;
}

/**
 * When a process started, in ticks since boot: together with its number it names one process. null: there is none (a zombie is
 * none). "" where nobody says when, as on macOS.
 */
export function processStart(pid: number): string | null {
  const found = processState(pid);
  if (found === null) return fileKind("/proc/self") === "none" && isAlive(pid) ? "" : null;
  return isEnded(found) ? null : String(found.startTicks);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function mounts(): string {
  return readText("/proc/self/mountinfo") ?? "";
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH") || isCode(error, "EACCES")) return null;
    throw error;
  }
}

/** null when something has that name. */
function openNew(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if (isCode(error, "EEXIST")) return null;
    throw error;
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** Of a file what is in it, of a directory the names in it are on the disk when it returns. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

// As the kernel packs them into dev_t.
function majorOf(device: number): number {
  return Number((BigInt(device) >> 8n) & 0xfffn) | Number((BigInt(device) >> 32n) & ~0xfffn);
}

function minorOf(device: number): number {
  return Number(BigInt(device) & 0xffn) | Number((BigInt(device) >> 12n) & ~0xffn);
}
