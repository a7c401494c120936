import fs from "node:fs";
import { nameIn } from "../../base/path.ts";
import { Errno, errnoOf } from "../system-error.ts";
import { fileTime } from "./change.ts";
import type { Place } from "./place.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const SET_ID = 0o6000;
const PIECE = 1 << 20;

/**
 * Keeps the file that is about to be replaced beside it, under Ansible's name for it: `PATH.PID.YYYY-MM-DD@HH:MM:SS~`, local time.
 * A second name for the same file where that will do: the rename then leaves it alone under the new name, whole, with all it had.
 */
export function keepBackup(place: Place, old: fs.Stats): void {
  for (let at = new Date(); ; at = new Date(at.getTime() + 1000)) {
    try {
      return keep(place, place.beside(backupName(nameIn(place.path), at)), old);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}

function keep(place: Place, to: string | Buffer, old: fs.Stats): void {
  if (old.nlink > 1 || !link(place, to)) copyWhole(place, to, old);
}

/** false: where the file system or the kernel's protected_hardlinks do not let us link it. */
function link(place: Place, to: string | Buffer): boolean {
  try {
    fs.linkSync(place.name, to);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? "")) throw error;
    return false;
  }
  if (fs.lstatSync(to, { throwIfNoEntry: false })?.ino === place.found?.ino) return true;
  throw new Errno("ECHANGED");
}

const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "EACCES",
  "EMLINK",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EXDEV",
]);

/** From the file that was found to one that is new, whatever has their names by now. */
function copyWhole(place: Place, to: string | Buffer, old: fs.Stats): void {
  const from = fs.openSync(place.held, O_RDONLY);
  try {
    const copy = fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      copyContents(from, copy);
      const isGiven = process.geteuid?.() === 0 || old.uid === process.geteuid?.();
      if (process.geteuid?.() === 0) fs.fchownSync(copy, old.uid, old.gid);
      fs.fchmodSync(copy, old.mode & 0o7777 & (isGiven ? ~0 : ~SET_ID));
      fs.futimesSync(copy, fileTime(old.atimeMs), fileTime(old.mtimeMs));
    } finally {
      fs.closeSync(copy);
    }
  } finally {
    fs.closeSync(from);
  }
}

function copyContents(from: number, to: number): void {
  const buffer = Buffer.allocUnsafe(PIECE);
  for (
    let count = fs.readSync(from, buffer, 0, PIECE, null);
    count > 0;
    count = fs.readSync(from, buffer, 0, PIECE, null)
  ) {
    for (let done = 0; done < count;) done += fs.writeSync(to, buffer, done, count - done);
  }
}

function backupName(name: string, at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${name}.${process.pid}.${day}@${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}~`;
}
