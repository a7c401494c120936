import { pathBytes } from "../engine/path-text.ts";
import { directoryHasOneName, nothingToLink } from "./change.ts";
import { joined, parentOf, type Attributes, type Files, type WriteRequest } from "./files.ts";
import { LinkGuard } from "./link-guard.ts";
import { OverlayLooks, type OverlayOptions } from "./overlay-looks.ts";
import { isDirectory, isSameFile, type DirectoryNode, type Node, type Place } from "./overlay-tree.ts";
import { modeLike, settleOwner, type Ownership } from "./owner.ts";
import { mayChangeMode, mayChangeNames, mayGive, mayTakeName } from "./permissions.ts";
import { isAsAnnounced, predictContents } from "./predicted-contents.ts";
import { refuseToRemove } from "./remove-tree.ts";
import { Errno, attempt, errnoOf } from "./system-error.ts";
import type { Contents, FileStat, FileType } from "./system.ts";
import { sourceChanged } from "./write-file.ts";

const SET_GID = 0o2000;

/**
 * The files of a machine as they would be after what was "done" to them so far, without touching it. What the machine would refuse
 * is refused alike, as far as that can be known.
 */
export class Overlay extends OverlayLooks implements Files {
  private readonly umask: number;
  private made = 0;

  constructor(options: OverlayOptions) {
    super(options);
    this.umask = options.umask;
  }

  async writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void> {
    const { place, old, owner } = this.placeFor(path, request);
    const predicted = await predictContents(contents, request);
    const { digest } = request;
    if (digest !== undefined && !isAsAnnounced(predicted, digest, request.key)) throw sourceChanged(path);
    this.attempt("write", path, () => {
      const mode = request.mode ?? modeLike(old, owner.isKept, this.umask);
      const { uid, gid } = owner;
      const stat = { ...this.freshStat("file", place, mode), uid, gid, size: predicted.size };
      this.tree.set(place, { stat, body: { kind: "predicted", contents: predicted } });
    });
  }

  mkdir(path: string, attributes: Attributes): void {
    this.attempt("make the directory", path, () => {
      const place = this.place(path);
      if (place.node !== null) throw new Errno("EEXIST");
      this.mayPutInto(place);
      const fresh = this.freshStat("directory", place, 0o777 & ~this.umask);
      this.mayHave(fresh, attributes);
      const stat = { ...fresh, mode: fresh.mode | (place.parent.stat.mode & SET_GID), ...stated(attributes) };
      this.tree.set(place, { stat, body: { kind: "directory", base: null, entries: new Map() } });
    });
  }

  chmod(path: string, mode: number): void {
    this.attempt("change the mode of", path, () => {
      const place = this.place(path);
      if (place.node?.stat.type === "link") throw new Errno("ELINK");
      const node = this.changeable(place, (stat) => mayChangeMode(stat, this.who));
      node.stat = { ...node.stat, mode };
    });
  }

  chown(path: string, uid: number | undefined, gid: number | undefined): void {
    this.attempt("change the owner of", path, () => {
      const place = this.place(path);
      const node = this.changeable(place, (stat) => mayGive(stat, uid ?? stat.uid, gid ?? stat.gid, this.who));
      node.stat = { ...node.stat, uid: uid ?? node.stat.uid, gid: gid ?? node.stat.gid };
    });
  }

  utimes(path: string, atimeMs: number, mtimeMs: number): void {
    this.attempt("set the times of", path, () => {
      const node = this.changeable(this.place(path), (stat) => mayChangeMode(stat, this.who));
      node.stat = { ...node.stat, atimeMs, mtimeMs };
    });
  }

  symlink(target: string, path: string): void {
    this.attempt("make the link", path, () => {
      const place = this.replaceable(path);
      const stat = { ...this.freshStat("link", place, 0o777), size: Buffer.from(pathBytes(target)).length };
      this.tree.set(place, { stat, body: { kind: "link", target } });
    });
  }

  hardlink(existing: string, path: string): void {
    this.attempt("make the hard link", path, () => {
      this.directoryOf(path);
      const from = this.tryFind(existing, false);
      if (from === null || from.node === null) throw nothingToLink(existing, path);
      const to = this.place(path);
      this.mayPutInto(to);
      if (isDirectory(from.node)) throw directoryHasOneName(existing, path);
      this.mayReplaceFile(to);
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
      const source = this.place(from);
      const target = this.place(to);
      if (source.node === null) throw new Errno("ENOENT");
      if (isBelow(target.parentPath, source)) throw new Errno("EINTOSELF");
      if (isBelow(source.parentPath, target)) throw new Errno("ENOTEMPTY");
      if (isSameFile(source.node, target.node)) return;
      this.mayTake(source);
      this.mayReplace(target, source.node);
      this.tree.set(target, source.node);
      this.tree.set(source, null);
    });
  }

  unlink(path: string): void {
    this.attempt("remove", path, () => {
      const place = this.place(path);
      if (place.node === null) throw new Errno("ENOENT");
      if (isDirectory(place.node)) this.mustBeEmpty(place.node);
      this.take(place);
    });
  }

  async removeTree(path: string): Promise<void> {
    this.attempt("remove", path, () => {
      const place = this.place(path);
      if (place.node === null) throw new Errno("ENOENT");
      refuseToRemove(joined(place.parentPath, place.name));
      if (this.who.euid !== 0 && isDirectory(place.node)) this.mayEmpty(place.node);
      this.take(place);
    });
    await Promise.resolve();
  }

  /** Where a name is to be made, changed or removed. */
  private place(path: string): Place {
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

  private placeFor(path: string, request: WriteRequest): { place: Place; old: FileStat | undefined; owner: Ownership } {
    const place = this.attempt("write", path, () => {
      const found = this.place(path);
      if (!this.isMountedFile(found)) this.mayPutInto(found);
      this.mayReplaceFile(found);
      return found;
    });
    const old = place.node?.stat.type === "file" ? place.node.stat : undefined;
    const fresh = this.freshStat("file", place, 0);
    const owner = attempt("set the owner of", path, () =>
      settleOwner(fresh, old, request, (uid, gid) => isPermitted(() => mayGive(fresh, uid, gid, this.who))),
    );
    return { place, old, owner };
  }

  /** A place that is free, or whose file or link is to be replaced. */
  private replaceable(path: string): Place {
    const place = this.place(path);
    this.mayPutInto(place);
    this.mayReplaceFile(place);
    return place;
  }

  /** In a read-only directory, and yet to be written: in place. */
  private isMountedFile({ node, parent }: Place): boolean {
    if (node?.body.kind !== "real" || parent.body.base === null) return false;
    const { base } = this;
    return base.refused(parent.body.base, "names") === "EROFS" && base.refused(node.body.path, "contents") === null;
  }

  private mayReplaceFile({ node, parent }: Place): void {
    if (node !== null && isDirectory(node)) throw new Errno("EISDIR");
    if (node !== null) mayTakeName(parent.stat, node.stat, this.who);
  }

  private mayReplace(target: Place, source: Node): void {
    this.mayPutInto(target);
    if (target.node === null) return;
    if (isDirectory(target.node) && !isDirectory(source)) throw new Errno("EISDIR");
    if (isDirectory(source) && !isDirectory(target.node)) throw new Errno("ENOTDIR");
    if (isDirectory(target.node)) this.mustBeEmpty(target.node);
    mayTakeName(target.parent.stat, target.node.stat, this.who);
  }

  private mustBeEmpty(directory: DirectoryNode): void {
    if (this.tree.names(directory).length > 0) throw new Errno("ENOTEMPTY");
  }

  private take(place: Place): void {
    this.mayTake(place);
    this.tree.set(place, null);
  }

  /** A tree in which one directory may not be written stays in part, so it counts as one that cannot be removed. */
  private mayEmpty(directory: DirectoryNode): void {
    const names = this.namesIn(directory);
    if (names.length > 0) this.mayChange(directory);
    for (const name of names) {
      const child = this.tree.child(directory, name);
      if (child !== null) mayTakeName(directory.stat, child.stat, this.who);
      if (child !== null && isDirectory(child)) this.mayEmpty(child);
    }
  }

  private mayTake(place: Place): void {
    this.mayPutInto(place);
    if (place.node !== null) mayTakeName(place.parent.stat, place.node.stat, this.who);
  }

  /** Of a real directory the kernel is asked, unless the plan changed who may write there. */
  private mayPutInto({ parent }: Place): void {
    this.mayChange(parent);
  }

  private mayChange(directory: DirectoryNode): void {
    const { base } = directory.body;
    const refused = base === null ? null : this.base.refused(base, "names");
    if (refused !== null && (refused !== "EACCES" || this.tree.isAsOnMachine(directory))) throw new Errno(refused);
    if (!this.tree.isAsOnMachine(directory)) mayChangeNames(directory.stat, this.who);
  }

  private mayHave(fresh: FileStat, { uid, gid }: Attributes): void {
    if (uid !== undefined || gid !== undefined) mayGive(fresh, uid ?? fresh.uid, gid ?? fresh.gid, this.who);
  }

  private changeable(place: Place, check: (stat: FileStat) => void): Node {
    if (place.node === null) throw new Errno("ENOENT");
    const path = realPathOf(place.node);
    const refused = path === null ? null : this.base.refused(path, "contents");
    // Of these two even the owner hears; mere permissions are for `check`.
    if (refused === "EROFS" || refused === "EPERM") throw new Errno(refused);
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

/** Whether a directory is, or is in, what is at a place. */
function isBelow(directory: string, { parentPath, name }: Place): boolean {
  return `${directory}/`.startsWith(`${joined(parentPath, name)}/`);
}

/** Where the machine has it; null for what only the plan has. */
function realPathOf({ body }: Node): string | null {
  if (body.kind === "real") return body.path;
  return body.kind === "directory" ? body.base : null;
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
