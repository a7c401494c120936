import { joined } from "../../base/path.ts";
import { toText } from "../../base/byte-text.ts";
import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import { LinkGuard } from "./link-guard.ts";
import { Errno, errnoOf } from "../system-error.ts";

const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/**
 * An open directory, so that all steps of a change meet the same one whatever is renamed or linked meanwhile:
 * `at(name)` is the path to use in place of openat and its kin.
 */
export class SafeDirectory implements Disposable {
  readonly fd: number;

  /**
   * Opens it for changes, following only links that `LinkGuard` lets pass. Throws as node:fs does, ENOPARENT when it is
   * not there.
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
  const guard = new LinkGuard(process.geteuid?.() ?? 0);
  let fd = fs.openSync("/", O_PATH | O_DIRECTORY);
  let walked = "/";
  const enter = (next: string | Buffer, name: string): void => {
    const entered = fs.openSync(next, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    fs.closeSync(fd);
    fd = entered;
    walked = name;
  };
  const todo = namesOf(path);
  try {
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      const here = pathBytes(`/proc/self/fd/${fd}/${name}`);
      const found = fs.lstatSync(here);
      if (found.isSymbolicLink()) {
        guard.follow(fs.fstatSync(fd), found, joined(walked, name), todo.length);
        const target = toText(fs.readlinkSync(here, { encoding: "buffer" }));
        todo.unshift(...namesOf(target));
        if (target.startsWith("/")) enter("/", "/");
      } else enter(here, joined(walked, name));
      guard.arrive(fs.fstatSync(fd), todo.length);
    }
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
