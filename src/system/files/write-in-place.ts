import fs from "node:fs";
import { printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Attributes } from "./files.ts";
import type { Place } from "./place.ts";
import { Errno } from "../system-error.ts";

const { O_RDWR } = fs.constants;
const LIMIT = 64 << 20;

/**
 * For a file that no rename can replace because something is mounted on its name, as on /etc/hosts in a container: the finished
 * `temporary` is copied into it. Room is looked for first, a failure puts the old contents back, and only a crash in the middle
 * can leave a mixture.
 */
export function writeInPlace(temporary: number, { held, path }: Place, attributes: Attributes): void {
  const size = fs.fstatSync(temporary).size;
  const fd = fs.openSync(held, O_RDWR);
  try {
    const old = fs.fstatSync(fd);
    if (Math.max(size, old.size) > LIMIT) throw tooLarge(path);
    if (size - old.size > roomFor(held)) throw new Errno("ENOSPC");
    overwrite(fd, fs.readFileSync(temporary), fs.readFileSync(fd));
    if (attributes.uid !== undefined || attributes.gid !== undefined) {
      fs.fchownSync(fd, attributes.uid ?? old.uid, attributes.gid ?? old.gid);
    }
    fs.fchmodSync(fd, attributes.mode ?? old.mode & 0o7777);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function overwrite(fd: number, contents: Uint8Array, old: Uint8Array): void {
  try {
    put(fd, contents);
  } catch (error) {
    put(fd, old);
    throw error;
  }
}

function put(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done, done);
  fs.ftruncateSync(fd, bytes.length);
}

function roomFor(target: string): number {
  const { bavail, bsize } = fs.statfsSync(target);
  return bavail * bsize;
}

function tooLarge(path: string): SlothError {
  return new SlothError("E_BUSY", `cannot write ${printablePath(path)}: something is mounted on it, and it is large`, {
    hint: "unmount it, or keep the file that is mounted there",
  });
}
