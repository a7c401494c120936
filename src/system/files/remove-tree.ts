import { nameIn } from "../../base/path.ts";
import { toText } from "../../base/byte-text.ts";
import fs from "node:fs";
import { pathBytes, printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Place } from "./place.ts";
import { errnoOf } from "../system-error.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const A_TURN = 500;

/** What no declaration may remove: the root, what is directly below it on any system, and the second level of /usr and /var. */
const TOP =
  "bin boot dev etc home lib lib32 lib64 libx32 lost+found media mnt opt proc root run sbin srv sys tmp usr var";
const USR = "bin include lib lib32 lib64 libexec libx32 local sbin share src";
const VAR = "backups cache db empty lib local lock log mail opt run spool tmp";
const SYSTEM_DIRECTORIES: ReadonlySet<string> = new Set([
  "/",
  ...TOP.split(" ").map((name) => `/${name}`),
  ...USR.split(" ").map((name) => `/usr/${name}`),
  ...VAR.split(" ").map((name) => `/var/${name}`),
]);

/** Removes a tree without ever following a link in it; nothing is removed when a mount point is in it, or what must stay. */
export async function removeTree(place: Place, signal: AbortSignal): Promise<void> {
  if (place.path === "/") throw refusal(place.path, "it is the root of the system");
  refuseToRemove(place.path);
  await removeEntry([place.fd], nameIn(place.path), { signal, done: 0 });
}

export function refuseToRemove(path: string): void {
  if (SYSTEM_DIRECTORIES.has(path)) throw refusal(path, "it is a directory of the system itself");
  const mounted = mountPoints().find((point) => point === path || point.startsWith(`${path}/`));
  if (mounted === undefined) return;
  throw refusal(
    path,
    `${mounted === path ? "something" : `a file system at ${printablePath(mounted)}`} is mounted there`,
  );
}

export function isMountPoint(path: string): boolean {
  return mountPoints().includes(path);
}

function refusal(path: string, why: string): SlothError {
  return new SlothError("E_REFUSED", `will not remove ${printablePath(path)}: ${why}`);
}

/** From the kernel, where blanks and backslashes are written as \ooo. */
function mountPoints(): readonly string[] {
  const lines = fs.readFileSync("/proc/self/mountinfo", "latin1").split("\n");
  return lines.flatMap((line) => {
    const point = line.split(" ")[4];
    if (point === undefined) return [];
    const bytes = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return [toText(Buffer.from(bytes, "latin1"))];
  });
}

interface Walk {
  readonly signal: AbortSignal;
  /** Entries so far. */
  done: number;
}

/** So many directories are open at once; what lies deeper is first moved up. */
const DEEPEST = 8;

/** `directories` are open all the while, the tree's own first, so that none on the way can be swapped for a link. */
async function removeEntry(directories: readonly number[], name: string, walk: Walk): Promise<void> {
  const entry = pathBytes(`/proc/self/fd/${directories.at(-1)}/${name}`);
  if (++walk.done % A_TURN === 0) await new Promise(setImmediate);
  walk.signal.throwIfAborted();
  if (!fs.lstatSync(entry).isDirectory()) return fs.unlinkSync(entry);
  if (directories.length > DEEPEST) return moveUp(entry, directories);
  const fd = fs.openSync(entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const isTop = directories.length === 1;
    do for (const child of namesIn(fd)) await removeEntry([...directories, fd], child, walk).catch(unlessGone);
    while (isTop && namesIn(fd).some(isMovedUp));
  } finally {
    fs.closeSync(fd);
  }
  fs.rmdirSync(entry);
}

function namesIn(fd: number): readonly string[] {
  return fs.readdirSync(`/proc/self/fd/${fd}`, { encoding: "buffer" }).map(toText);
}

/** Into the top of the tree, whose names are gone through until none of these is left. */
function moveUp(entry: string | Buffer, [, top]: readonly number[]): void {
  fs.renameSync(entry, `/proc/self/fd/${top}/${MOVED}${crypto.randomUUID()}`);
}

const MOVED = ".sloth-deep-";

function isMovedUp(name: string): boolean {
  return name.startsWith(MOVED);
}

/** Somebody else removed it first. */
function unlessGone(error: unknown): void {
  if (errnoOf(error) !== "ENOENT") throw error;
}
