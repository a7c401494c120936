import fs from "node:fs";
import { joined } from "../../base/path.ts";
import { Errno } from "../system-error.ts";
import { at, leave, openThing, walkTo, type Reached } from "./walk.ts";

/**
 * Where a path leads, walked once: a directory and what has the name in it, both held open. Whatever is renamed or linked meanwhile, the
 * directory is the same one; `held` leads to what was found there and nothing else.
 */
export class Place implements Disposable {
  /** Where it really is: for messages and for other programs. */
  readonly path: string;
  /** In place of the path in calls that act on names: those never follow a link at the end. */
  readonly name: string | Buffer;
  /** Of what was found; undefined: nothing. */
  readonly found: fs.Stats | undefined;
  private readonly reached: Reached;
  private readonly isOwn: boolean;

  /** `isOwn`: the directory is closed with it. */
  private constructor(reached: Reached, isOwn: boolean) {
    this.reached = reached;
    this.isOwn = isOwn;
    this.path = reached.name === "." ? reached.directory : joined(reached.directory, reached.name);
    this.name = at(reached.fd, reached.name);
    this.found = reached.thing === undefined ? undefined : fs.fstatSync(reached.thing);
  }

  /** See `walkTo`. */
  static at(path: string, follow = false): Place {
    return new Place(walkTo(path, follow), true);
  }

  /** Of the directory. */
  get fd(): number {
    return this.reached.fd;
  }

  get directory(): string {
    return this.reached.directory;
  }

  get directoryStat(): fs.Stats {
    return fs.fstatSync(this.reached.fd);
  }

  /** What was found, to be opened, or changed in what is no name. Of a link: the link itself. Throws when there was nothing. */
  get held(): string {
    if (this.reached.thing === undefined) throw new Errno("ENOENT");
    return `/proc/self/fd/${this.reached.thing}`;
  }

  /** Another name in the same directory. */
  beside(name: string): string | Buffer {
    return at(this.reached.fd, name);
  }

  /** What has a name in this directory; to be disposed of before this is. */
  below(name: string): Place {
    const { thing } = this.reached;
    if (thing === undefined) throw new Errno("ENOENT");
    return new Place({ fd: thing, directory: this.path, name, thing: openThing(thing, name) }, false);
  }

  /** Throws unless the name still stands for what was found. */
  verify(name: string | Buffer = this.name): void {
    const now = fs.lstatSync(name, { throwIfNoEntry: false });
    if (now?.ino !== this.found?.ino || now?.dev !== this.found?.dev) throw new Errno("ECHANGED");
  }

  [Symbol.dispose](): void {
    if (this.isOwn) leave(this.reached);
    else if (this.reached.thing !== undefined) fs.closeSync(this.reached.thing);
  }
}
