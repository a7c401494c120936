import { pathBytes } from "../../base/path-text.ts";
import { joined, parentOf } from "../../base/path.ts";
import { directoryHasOneName, nothingToLink } from "../files/change.ts";
import type { Attributes, FilePlace, Files, Times, WriteRequest } from "../files/files.ts";
import { LinkGuard } from "../files/link-guard.ts";
import { modeLike, replacedBy, settleOwner, type Ownership } from "../files/owner.ts";
import { mayChangeMode, mayGive } from "../files/permissions.ts";
import { refuseToRemove } from "../files/remove-tree.ts";
import { furtherNames } from "../files/rights.ts";
import { sourceChanged } from "../files/write-file.ts";
import { Errno, attempt, errnoOf } from "../system-error.ts";
import type { Contents, FileStat, FileType } from "../system.ts";
import { OverlayLooks, type OverlayOptions } from "./overlay-looks.ts";
import { OverlayRights } from "./overlay-rights.ts";
import { isDirectory, isSameFile, type Node, type Place } from "./overlay-tree.ts";
import { PathPlace, type PathFiles } from "./path-place.ts";
import { isAsAnnounced, predictContents } from "./predicted-contents.ts";

const SET_GID = 0o2000;
const SET_ID = 0o6000;

/**
 * The files of a machine as they would be after what was "done" to them so far, without touching it. What the machine would refuse
 * is refused alike, as far as that can be known.
 */
export class Overlay extends OverlayLooks implements Files, PathFiles {
  private readonly umask: number;
  private readonly rights: OverlayRights;
  private made = 0;

  constructor(options: OverlayOptions) {
    super(options);
    this.rights = new OverlayRights(this.base, this.tree, this.who);
    this.umask = options.umask;
  }

  place(path: string, follow: boolean, verb = "change"): FilePlace {
    const reached = this.attempt(verb, path, () => {
      this.directoryOf(path);
      return this.reach(path, follow);
    });
    return new PathPlace(this, reached === null ? path : pathOf(reached));
  }

  async writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void> {
    const { place, old, owner } = this.placeFor(path, request);
    const predicted = await predictContents(contents, request);
    const { digest } = request;
    if (digest !== undefined && !isAsAnnounced(predicted, digest, request.key)) throw sourceChanged(path);
    this.attempt("write", path, () => {
      const mode = request.mode ?? modeLike(old, owner, this.umask);
      const { uid, gid } = owner;
      const stat = { ...this.freshStat("file", place, mode), ...request.times, uid, gid, size: predicted.size };
      this.tree.set(place, { stat, body: { kind: "predicted", contents: predicted } });
    });
  }

  mkdir(path: string, attributes: Attributes): void {
    this.attempt("make the directory", path, () => {
      const place = this.at(path);
      if (place.node !== null) throw new Errno("EEXIST");
      this.rights.mayPutInto(place);
      const fresh = this.freshStat("directory", place, 0o777 & ~this.umask);
      this.rights.mayHave(fresh, attributes);
      const stat = { ...fresh, mode: fresh.mode | (place.parent.stat.mode & SET_GID), ...stated(attributes) };
      this.tree.set(place, { stat, body: { kind: "directory", base: null, entries: new Map() } });
    });
  }

  chmod(path: string, mode: number): void {
    this.attempt("change the mode of", path, () => {
      const place = this.at(path);
      if (place.node?.stat.type === "link") throw new Errno("ELINK");
      this.refuseFurtherNames(path, place);
      const node = this.changeable(place, (stat) => mayChangeMode(stat, this.who));
      node.stat = { ...node.stat, mode };
    });
  }

  chown(path: string, uid: number | undefined, gid: number | undefined): void {
    this.attempt("change the owner of", path, () => {
      const place = this.at(path);
      this.refuseFurtherNames(path, place);
      const node = this.changeable(place, (stat) => mayGive(stat, uid ?? stat.uid, gid ?? stat.gid, this.who));
      const mode = node.stat.type === "file" ? node.stat.mode & ~SET_ID : node.stat.mode;
      node.stat = { ...node.stat, mode, uid: uid ?? node.stat.uid, gid: gid ?? node.stat.gid };
    });
  }

  utimes(path: string, times: Times): void {
    this.attempt("set the times of", path, () => {
      const place = this.at(path);
      this.refuseFurtherNames(path, place);
      const node = this.changeable(place, (stat) => mayChangeMode(stat, this.who));
      node.stat = { ...node.stat, ...times };
    });
  }

  symlink(target: string, path: string, { uid, gid }: Pick<Attributes, "uid" | "gid">): void {
    this.attempt("make the link", path, () => {
      const place = this.replaceable(path);
      const fresh = this.freshStat("link", place, 0o777);
      this.rights.mayHave(fresh, { mode: undefined, uid, gid });
      const size = Buffer.from(pathBytes(target)).length;
      const stat = { ...fresh, ...stated({ mode: undefined, uid, gid }), size };
      this.tree.set(place, { stat, body: { kind: "link", target } });
    });
  }

  hardlink(existing: string, path: string, follow: boolean): void {
    this.attempt("make the hard link", path, () => {
      this.directoryOf(path);
      const to = this.at(path);
      const from = this.reach(existing, follow);
      if (from === null) throw nothingToLink(existing, path);
      if (from.node === null) throw nothingToLink(pathOf(from), pathOf(to));
      this.rights.mayPutInto(to);
      if (isDirectory(from.node)) throw directoryHasOneName(pathOf(from), pathOf(to));
      this.rights.mayLink(from.node);
      this.rights.mayReplaceFile(to);
      if (isSameFile(to.node, from.node)) return;
      const node = this.tree.changeable(from);
      this.tree.set(to, node);
      node.stat = { ...node.stat, nlink: node.stat.nlink + 1 };
    });
  }

  rename(from: string, to: string): void {
    this.attempt("rename", from, () => {
      this.directoryOf(from);
      this.directoryOf(to);
      const source = this.at(from);
      const target = this.at(to);
      if (source.node === null) throw new Errno("ENOENT");
      if (isBelow(target.parentPath, source)) throw new Errno("EINTOSELF");
      if (isBelow(source.parentPath, target)) throw new Errno("ENOTEMPTY");
      if (isSameFile(source.node, target.node)) return;
      this.rights.mayTake(source);
      this.rights.mayReplace(target, source.node);
      this.tree.set(target, source.node);
      this.tree.set(source, null);
    });
  }

  unlink(path: string): void {
    this.attempt("remove", path, () => {
      const place = this.at(path);
      if (place.node === null) throw new Errno("ENOENT");
      if (isDirectory(place.node)) this.rights.mustBeEmpty(place.node);
      this.rights.mayTake(place);
      this.tree.set(place, null);
    });
  }

  async removeTree(path: string): Promise<void> {
    this.attempt("remove", path, () => {
      const place = this.at(path);
      if (place.node === null) throw new Errno("ENOENT");
      refuseToRemove(joined(place.parentPath, place.name));
      if (this.who.euid !== 0 && isDirectory(place.node)) this.rights.mayEmpty(place.node);
      this.rights.mayTake(place);
      this.tree.set(place, null);
    });
    await Promise.resolve();
  }

  /** Where a name is to be made, changed or removed. */
  private at(path: string): Place {
    return this.onTheWay(path, false);
  }

  /** Throws when there is no way to the directory of a path: of two names, both are opened before either is looked up. */
  private directoryOf(path: string): void {
    const { node } = this.onTheWay(parentOf(path), true);
    if (node === null) throw new Errno("ENOPARENT");
    if (!isDirectory(node)) throw new Errno("ENOTDIR");
  }

  private onTheWay(path: string, follow: boolean): Place {
    try {
      return this.tree.find(path, follow, new LinkGuard(this.who.euid));
    } catch (error) {
      throw errnoOf(error) === "ENOENT" ? new Errno("ENOPARENT") : error;
    }
  }

  private refuseFurtherNames(path: string, { node, parent }: Place): void {
    if (node === null || isDirectory(node)) return;
    furtherNames(path, node.stat, () => {
      const guard = new LinkGuard(this.who.euid);
      this.tree.find(path, false, guard);
      guard.end(parent.stat, node.stat);
      return guard.mover;
    });
  }

  private placeFor(path: string, request: WriteRequest): { place: Place; old: FileStat | undefined; owner: Ownership } {
    const place = this.attempt("write", path, () => {
      const found = this.at(path);
      if (!this.rights.isMountedFile(found)) this.rights.mayPutInto(found);
      this.rights.mayReplaceFile(found);
      return found;
    });
    const replaced = place.node?.stat.type === "file" ? place.node.stat : undefined;
    const old = replacedBy(replaced, place.parent.stat, this.who.euid);
    const fresh = this.freshStat("file", place, 0);
    const owner = attempt("set the owner of", path, () =>
      settleOwner(fresh, old, request, (uid, gid) => isPermitted(() => mayGive(fresh, uid, gid, this.who))),
    );
    return { place, old, owner };
  }

  /** A place that is free, or whose file or link is to be replaced. */
  private replaceable(path: string): Place {
    const place = this.at(path);
    this.rights.mayPutInto(place);
    this.rights.mayReplaceFile(place);
    return place;
  }

  private changeable(place: Place, check: (stat: FileStat) => void): Node {
    if (place.node === null) throw new Errno("ENOENT");
    this.rights.mayTouch(place.node);
    check(place.node.stat);
    return this.tree.changeable(place);
  }

  /** As the kernel makes it: ours, in the group of a set-gid directory. */
  private freshStat(type: FileType, { parent }: Place, mode: number): FileStat {
    const now = Date.now();
    const gid = (parent.stat.mode & SET_GID) === 0 ? (this.who.groups[0] ?? 0) : parent.stat.gid;
    const times = { mtimeMs: now, atimeMs: now, ctimeMs: now };
    const ino = Number.MAX_SAFE_INTEGER - this.made++;
    return { type, mode, uid: this.who.euid, gid, size: 0, ...times, ino, dev: parent.stat.dev, nlink: 1 };
  }
}

function pathOf({ parentPath, name }: Place): string {
  return joined(parentPath, name);
}

/** Whether a directory is, or is in, what is at a place. */
function isBelow(directory: string, { parentPath, name }: Place): boolean {
  return `${directory}/`.startsWith(`${joined(parentPath, name)}/`);
}

function stated({ mode, uid, gid }: Attributes): Partial<FileStat> {
  return { ...(mode !== undefined && { mode }), ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

function isPermitted(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (errnoOf(error) === "EPERM") return false;
    throw error;
  }
}
