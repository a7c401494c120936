import fs from "node:fs";
import { toText } from "../../base/byte-text.ts";
import { joined, nameIn, parentOf } from "../../base/path.ts";
import { pathBytes } from "../../base/path-text.ts";
import { Errno, errnoOf } from "../system-error.ts";
import { LinkGuard, type Mover } from "./link-guard.ts";

export const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** Where a path leads: a directory that is held open, and a name in it. */
export interface Reached {
  /** Of the directory; to be closed. */
  readonly fd: number;
  /** The directory's path, for messages. */
  readonly directory: string;
  /** "." when a link led to a directory itself, as `/` or `..`. */
  readonly name: string;
  /** Of what has that name, opened for its identity only; to be closed. undefined: nothing has. */
  readonly thing: number | undefined;
}

/** The path to use in place of openat and its kin. */
export function at(fd: number, name: string): string | Buffer {
  return pathBytes(`/proc/self/fd/${fd}/${name}`);
}

/**
 * Walks to a path for changes, following only links that `LinkGuard` lets pass; the last name's only on request, and when it leads
 * somewhere. Throws as node:fs does, ENOPARENT when the directory is not there.
 */
export function walkTo(path: string, follow: boolean): Reached {
  const reached = walkPlain(path) ?? walkStepwise(path, "keep").reached;
  try {
    if (!follow || !isLink(reached.thing)) return reached;
    const followed = tryFollowing(path);
    if (followed === undefined) return reached;
    leave(reached);
    return followed;
  } catch (error) {
    leave(reached);
    throw error;
  }
}

/** Who, besides root and ourselves, may have put there what a path leads to, or may put something there: asked only where it matters. */
export function moverOf(path: string): Mover {
  const { reached, guard } = walkStepwise(path, "keep");
  try {
    guard.end(fs.fstatSync(reached.fd), reached.thing === undefined ? { uid: 0 } : fs.fstatSync(reached.thing));
    return guard.mover;
  } finally {
    leave(reached);
  }
}

/** Who, besides root and ourselves, may lead elsewhere what goes through a directory; throws where that is refused, or no way is. */
export function moverThrough(directory: string): Mover {
  const { reached, guard } = walkStepwise(directory, "enter");
  leave(reached);
  return guard.mover;
}

export function leave({ fd, thing }: Reached): void {
  if (thing !== undefined) fs.closeSync(thing);
  fs.closeSync(fd);
}

function isLink(thing: number | undefined): boolean {
  return thing !== undefined && fs.fstatSync(thing).isSymbolicLink();
}

function tryFollowing(path: string): Reached | undefined {
  let followed: Reached;
  try {
    followed = walkStepwise(path, "follow").reached;
  } catch (error) {
    if (NOWHERE.has(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
  if (followed.thing !== undefined) return followed;
  leave(followed);
  return undefined;
}

const NOWHERE: ReadonlySet<string> = new Set(["ENOENT", "ENOPARENT", "ENOTDIR", "ELOOP"]);

/** The usual case, no link anywhere in the directory's path; undefined when there is one, or no way. */
function walkPlain(path: string): Reached | undefined {
  const directory = parentOf(path);
  const fd = openDirectory(directory);
  if (fd === undefined) return undefined;
  const real = fs.readlinkSync(`/proc/self/fd/${fd}`, { encoding: "buffer" });
  if (real.equals(Buffer.from(pathBytes(directory)))) return arrived(fd, directory, nameIn(path) || ".");
  fs.closeSync(fd);
  return undefined;
}

function openDirectory(path: string): number | undefined {
  try {
    return fs.openSync(pathBytes(path), O_PATH | O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function arrived(fd: number, directory: string, name: string): Reached {
  try {
    return { fd, directory, name, thing: openThing(fd, name) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** What has a name in a directory, a link itself, opened for its identity only; undefined: nothing has. */
export function openThing(fd: number, name: string): number | undefined {
  try {
    return fs.openSync(at(fd, name), O_PATH | O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What is done with the last name: a link there is kept, or followed; or it is a directory to be gone into. */
type Last = "keep" | "follow" | "enter";

/** One component after the other, each link judged before it is followed. */
function walkStepwise(path: string, last: Last): { readonly reached: Reached; readonly guard: LinkGuard } {
  const steps = new Steps(path);
  try {
    for (let name = steps.next(); name !== undefined; name = steps.next()) {
      const reached = steps.take(name, last);
      if (reached !== undefined) return { reached, guard: steps.guard };
    }
    return { reached: steps.end("."), guard: steps.guard };
  } catch (error) {
    steps.abandon();
    throw error;
  }
}

class Steps {
  readonly guard = new LinkGuard(process.geteuid?.() ?? 0);
  private fd = fs.openSync("/", O_PATH | O_DIRECTORY);
  private walked = "/";
  private readonly todo: string[];

  constructor(path: string) {
    this.todo = namesOf(path);
  }

  next(): string | undefined {
    return this.todo.shift();
  }

  /** One name on; the end, when it is one. */
  take(name: string, last: Last): Reached | undefined {
    const thing = openThing(this.fd, name);
    const isLast = this.todo.length === 0 && last !== "enter";
    if (thing === undefined) {
      if (isLast) return this.reached(name, undefined);
      throw new Errno("ENOPARENT");
    }
    try {
      const found = fs.fstatSync(thing);
      if (found.isSymbolicLink() && (!isLast || last === "follow")) this.follow(name, found);
      else if (isLast) return this.end(name);
      else this.enter(name, found);
      return undefined;
    } finally {
      fs.closeSync(thing);
    }
  }

  end(name: string): Reached {
    const thing = openThing(this.fd, name);
    if (thing === undefined) return this.reached(name, undefined);
    try {
      this.guard.arrive(arrival(fs.fstatSync(thing)), 0);
    } catch (error) {
      fs.closeSync(thing);
      throw error;
    }
    return this.reached(name, thing);
  }

  abandon(): void {
    fs.closeSync(this.fd);
  }

  private reached(name: string, thing: number | undefined): Reached {
    return { fd: this.fd, directory: this.walked, name, thing };
  }

  /** What is read here may be another link by now: the guard says whether that can be. */
  private follow(name: string, found: fs.Stats): void {
    this.guard.follow(fs.fstatSync(this.fd), found, joined(this.walked, name), this.todo.length);
    const target = toText(fs.readlinkSync(at(this.fd, name), { encoding: "buffer" }));
    this.todo.unshift(...namesOf(target));
    if (target.startsWith("/")) this.stand(fs.openSync("/", O_PATH | O_DIRECTORY), "/");
    this.guard.arrive(arrival(fs.fstatSync(this.fd)), this.todo.length);
  }

  private enter(name: string, found: fs.Stats): void {
    const entered = fs.openSync(at(this.fd, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    this.guard.pass(fs.fstatSync(this.fd), found);
    this.stand(entered, name === ".." ? parentOf(this.walked) : joined(this.walked, name));
    const here = fs.fstatSync(entered);
    if (here.ino !== found.ino || here.dev !== found.dev) throw new Errno("ECHANGED");
    this.guard.arrive(arrival(here), this.todo.length);
  }

  private stand(fd: number, walked: string): void {
    fs.closeSync(this.fd);
    this.fd = fd;
    this.walked = walked;
  }
}

function arrival(found: fs.Stats): { uid: number; mode: number; isDirectory: boolean } {
  return { uid: found.uid, mode: found.mode, isDirectory: found.isDirectory() };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
