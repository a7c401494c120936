import { nameIn } from "../../base/path.ts";
import fs from "node:fs";
import { fileTime } from "./change.ts";
import type { SafeDirectory } from "./safe-directory.ts";
import { errnoOf } from "../system-error.ts";

const { COPYFILE_EXCL } = fs.constants;

/**
 * Keeps the file that is about to be replaced beside it, under Ansible's name for it: `PATH.PID.YYYY-MM-DD@HH:MM:SS~`, local time.
 * A second name for the same file where that will do: the rename then leaves it alone under the new name, whole, with all it had.
 */
export function keepBackup(directory: SafeDirectory, path: string, old: fs.Stats): void {
  const from = directory.at(nameIn(path));
  for (let at = new Date(); ; at = new Date(at.getTime() + 1000)) {
    try {
      return keep(from, directory.at(backupName(nameIn(path), at)), old);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}

function keep(from: string | Buffer, to: string | Buffer, old: fs.Stats): void {
  if (old.nlink > 1) return copyWhole(from, to, old);
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? "")) throw error;
    copyWhole(from, to, old);
  }
}

/** Where the file system or the kernel's protected_hardlinks do not let us link it. */
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "EACCES",
  "EMLINK",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EXDEV",
]);

function copyWhole(from: string | Buffer, to: string | Buffer, old: fs.Stats): void {
  fs.copyFileSync(from, to, COPYFILE_EXCL);
  if (process.geteuid?.() === 0) fs.lchownSync(to, old.uid, old.gid);
  fs.chmodSync(to, old.mode & 0o7777);
  fs.lutimesSync(to, fileTime(old.atimeMs), fileTime(old.mtimeMs));
}

function backupName(name: string, at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${name}.${process.pid}.${day}@${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}~`;
}
