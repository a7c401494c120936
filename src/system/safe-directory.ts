import fs from "node:fs";
import { bytesToPath, pathBytes, printablePath } from "../engine/path-text.ts";
import { SlothError } from "../errors.ts";
import { joined } from "./files.ts";
import { Errno, errnoOf } from "./system-error.ts";

const O_PATH = 0o10000000;
const STICKY = 0o1000;
const { O_DIRECTORY, O_NOFOLLOW, S_IWOTH } = fs.constants;
const MOST_LINKS = 40;

/**
 * An open directory, so that all steps of a change meet the same one whatever is renamed or linked meanwhile:
 * `at(name)` is the path to use in place of openat and its kin.
 */
export class SafeDirectory implements Disposable {
  readonly fd: number;

  /**
   * Opens it for changes. A link that somebody planted in a directory where everybody may write (sticky: /tmp) is not
   * followed unless it is ours or the directory owner's: the rule of the kernel's protected_symlinks, on every kernel.
   * Throws as node:fs does, ENOPARENT when it is not there.
   */
  constructor(path: string) {
    try {
      this.fd = openPlain(path) ?? openStepwise(path);
    } catch (error) {
      throw errnoOf(error) === "ENOENT" ? new Errno("ENOPARENT") : error;
    }
  }

  at(name: string): string | Buffer {
    return pathBytes(`/proc/self/fd/${this.fd}/${name}`);
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.fd);
  }
}

/** The usual case, no link anywhere in the path; undefined when there is one. */
function openPlain(path: string): number | undefined {
  const fd = fs.openSync(pathBytes(path), O_PATH | O_DIRECTORY);
  const bytes = pathBytes(path);
  const real = fs.readlinkSync(`/proc/self/fd/${fd}`, { encoding: "buffer" });
  if (real.equals(typeof bytes === "string" ? Buffer.from(bytes) : bytes)) return fd;
  fs.closeSync(fd);
  return undefined;
}

/** One component after the other, each link judged before it is followed. */
function openStepwise(path: string): number {
  let fd = fs.openSync("/", O_PATH | O_DIRECTORY);
  let walked = "/";
  const todo = path.split("/").filter((part) => part !== "");
  let links = 0;
  try {
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      const here = pathBytes(`/proc/self/fd/${fd}/${name}`);
      const found = fs.lstatSync(here);
      if (!found.isSymbolicLink()) {
        const next = fs.openSync(here, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        fs.closeSync(fd);
        fd = next;
        walked = joined(walked, name);
        continue;
      }
      if (++links > MOST_LINKS) throw new SlothError("E_LOOP", `cannot use ${printablePath(path)}: too many links`);
      refusePlanted(fs.fstatSync(fd), found, joined(walked, name));
      const target = bytesToPath(fs.readlinkSync(here, { encoding: "buffer" }));
      todo.unshift(...target.split("/").filter((part) => part !== ""));
      if (!target.startsWith("/")) continue;
      fs.closeSync(fd);
      fd = fs.openSync("/", O_PATH | O_DIRECTORY);
      walked = "/";
    }
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function refusePlanted(directory: fs.Stats, link: fs.Stats, path: string): void {
  const everybodys = (directory.mode & STICKY) !== 0 && (directory.mode & S_IWOTH) !== 0;
  if (!everybodys || link.uid === process.geteuid?.() || link.uid === directory.uid) return;
  throw new SlothError("E_ACCESS", `${printablePath(path)} is a link of uid ${link.uid} in a directory open to all`, {
    hint: "it may have been planted to mislead; remove it, or name the real path",
  });
}
