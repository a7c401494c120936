import type { Digest } from "../engine/digest.ts";
import { pathBytes, printablePath } from "../engine/path-text.ts";
import { SlothError } from "../errors.ts";
import { directoryHasOneName, nothingToLink } from "./change.ts";
import { joined, type Attributes, type BaseLooks, type Files, type WriteRequest } from "./files.ts";
import { byBytes } from "./look.ts";
import { OverlayTree, isDirectory, isSameFile, type DirectoryNode, type Node, type Place } from "./overlay-tree.ts";
import { mayChangeMode, mayChangeNames, mayGive, mayRead, mayTakeName, type Credentials } from "./permissions.ts";
import { digestOfPredicted, isAsAnnounced, predictContents, type PredictedContents } from "./predicted-contents.ts";
import { refuseToRemove } from "./remove-tree.ts";
import { Errno, attempt, errnoOf } from "./system-error.ts";
import type { Contents, FileStat, FileType } from "./system.ts";
import { sourceChanged } from "./write-file.ts";

const PIECE = 1 << 20;
const SET_GID = 0o2000;
/** Made by the kernel as they are asked for: their links lead where no path does. */
const KERNELS = /^\/(proc|sys|dev)(\/|$)/;

export interface OverlayOptions {
  readonly base: BaseLooks;
  readonly umask: number;
  readonly who: Credentials;
  /** Why something may not be as it looks; else undefined. */
  readonly unknownBecause: () => string | undefined;
}

/**
 * The files of a machine as they would be after what was "done" to them so far, without touching it. What the machine would refuse
 * is refused alike, as far as that can be known.
 */
export class Overlay implements Files {
  private readonly base: BaseLooks;
  private readonly umask: number;
  private readonly who: Credentials;
  private readonly unknownBecause: () => string | undefined;
  private readonly tree: OverlayTree;
  private made = 0;

  constructor({ base, umask, who, unknownBecause }: OverlayOptions) {
    this.base = base;
    this.umask = umask;
    this.who = who;
    this.unknownBecause = unknownBecause;
    this.tree = new OverlayTree(base);
  }

  lstat(path: string): FileStat | null {
    return this.isReal(path) ? this.base.lstat(path) : (this.look(path, false)?.node?.stat ?? null);
  }

  stat(path: string): FileStat | null {
    return this.isReal(path) ? this.base.stat(path) : (this.look(path, true)?.node?.stat ?? null);
  }

  realPath(path: string): string | null {
    if (this.isReal(path)) return this.base.realPath(path);
    const place = this.look(path, true);
    return place === null || place.node === null ? null : joined(place.parentPath, place.name);
  }

  readLink(path: string): string {
    return this.attempt("read the link", path, () => {
      if (this.isReal(path)) return this.base.readLink(path);
      const { body } = this.existing(path, false);
      if (body.kind !== "link") throw new Errno("ENOTLINK");
      return body.target;
    });
  }

  list(path: string): readonly string[] {
    return this.attempt("list", path, () => {
      if (this.isReal(path)) return this.base.list(path);
      const node = this.existing(path, true);
      if (!isDirectory(node)) throw new Errno("ENOTDIR");
      return [...this.tree.names(node)].sort(byBytes);
    });
  }

  readFile(path: string): Uint8Array {
    return this.attempt("read", path, () => {
      const source = this.contentsAt(path);
      return typeof source === "string" ? this.base.readFile(source) : this.bytesOf(source, path);
    });
  }

  async *stream(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const source = this.attempt("read", path, () => this.contentsAt(path));
    if (typeof source === "string") return yield* this.base.stream(source, signal);
    const bytes = this.bytesOf(source, path);
    for (let i = 0; i < bytes.length; i += PIECE) yield bytes.subarray(i, i + PIECE);
  }

  digest(path: string, key: Uint8Array | undefined, signal: AbortSignal): Digest | Promise<Digest> {
    return this.attempt("read", path, () => {
      const source = this.contentsAt(path);
      if (typeof source === "string") return this.base.digest(source, key, signal);
      return digestOfPredicted(source, key) ?? this.tooLarge(path);
    });
  }

  async writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void> {
    const before = this.attempt("write", path, () => this.placeFor(path, request));
    const predicted = await predictContents(contents, request.key);
    const { digest } = request;
    if (digest !== undefined && !isAsAnnounced(predicted, digest, request.key)) throw sourceChanged(path);
    this.attempt("write", path, () => {
      const old = before.node?.stat.type === "file" ? before.node.stat : undefined;
      const fresh = this.freshStat("file", before, 0o666 & ~this.umask);
      const stat = { ...fresh, mode: old?.mode ?? fresh.mode, uid: old?.uid ?? fresh.uid, gid: old?.gid ?? fresh.gid };
      const size = predicted.size;
      this.tree.set(before, {
        stat: { ...stat, ...stated(request), size },
        body: { kind: "predicted", contents: predicted },
      });
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
      const place = this.tree.find(path, false);
      if (place.node?.stat.type === "link") throw new Errno("ELINK");
      const node = this.changeable(place, (stat) => mayChangeMode(stat, this.who));
      node.stat = { ...node.stat, mode };
    });
  }

  chown(path: string, uid: number | undefined, gid: number | undefined): void {
    this.attempt("change the owner of", path, () => {
      const place = this.tree.find(path, false);
      const node = this.changeable(place, (stat) => mayGive(stat, uid ?? stat.uid, gid ?? stat.gid, this.who));
      node.stat = { ...node.stat, uid: uid ?? node.stat.uid, gid: gid ?? node.stat.gid };
    });
  }

  utimes(path: string, atimeMs: number, mtimeMs: number): void {
    this.attempt("set the times of", path, () => {
      const node = this.changeable(this.tree.find(path, false), (stat) => mayChangeMode(stat, this.who));
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
      const to = this.place(path);
      const from = this.tryFind(existing, false);
      if (from === null || from.node === null) throw nothingToLink(existing, path);
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
      const source = this.tree.find(from, false);
      const target = this.tree.find(to, false);
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
      this.take(place);
    });
    await Promise.resolve();
  }

  /** What is not there may be for a reason that the plan knows of. */
  private attempt<T>(verb: string, path: string, action: () => T): T {
    try {
      return attempt(verb, path, action);
    } catch (error) {
      const reason = isMissing(error) ? this.unknownBecause() : undefined;
      if (reason === undefined) throw error;
      throw new SlothError("E_UNKNOWN", `${printablePath(path)} is not there, and ${reason}`, { cause: error });
    }
  }

  private isReal(path: string): boolean {
    return this.tree.isUntouched || KERNELS.test(path);
  }

  private look(path: string, follow: boolean): Place | null {
    return attempt("look at", path, () => this.tryFind(path, follow, follow ? "ELOOP" : ""));
  }

  /** null when there is nothing, or no way there. */
  private tryFind(path: string, follow: boolean, ...alsoNothing: readonly string[]): Place | null {
    try {
      return this.tree.find(path, follow);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", ...alsoNothing].includes(errnoOf(error) ?? "")) return null;
      throw error;
    }
  }

  /** Where a name is to be made or removed. */
  private place(path: string): Place {
    try {
      return this.tree.find(path, false);
    } catch (error) {
      throw errnoOf(error) === "ENOENT" ? new Errno("ENOPARENT") : error;
    }
  }

  private existing(path: string, follow: boolean): Node {
    const { node } = this.tree.find(path, follow);
    if (node === null) throw new Errno("ENOENT");
    return node;
  }

  /** The name on the machine whose contents these are, or what was predicted. */
  private contentsAt(path: string): string | PredictedContents {
    if (this.isReal(path)) return path;
    const { body, stat } = this.existing(path, true);
    if (body.kind === "real") return body.path;
    if (body.kind !== "predicted") throw new Errno("EISDIR");
    mayRead(stat, this.who);
    return body.contents;
  }

  private bytesOf(contents: PredictedContents, path: string): Uint8Array {
    return contents.bytes ?? this.tooLarge(path);
  }

  private tooLarge(path: string): never {
    throw new SlothError("E_UNKNOWN", `${printablePath(path)} is only predicted, and too large to be kept in memory`);
  }

  private placeFor(path: string, request: WriteRequest): Place {
    const place = this.place(path);
    if (!this.isMountedFile(place)) this.mayPutInto(place);
    this.mayReplaceFile(place);
    this.mayHave(this.freshStat("file", place, 0), request);
    return place;
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
    return this.base.namesRefused(parent.body.base) === "EROFS" && this.base.isWritable(node.body.path);
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

  private mayTake(place: Place): void {
    this.mayPutInto(place);
    if (place.node !== null) mayTakeName(place.parent.stat, place.node.stat, this.who);
  }

  /** Of a real directory the kernel is asked, unless the plan changed who may write there. */
  private mayPutInto({ parent }: Place): void {
    const { base } = parent.body;
    const refused = base === null ? null : this.base.namesRefused(base);
    if (refused !== null && (refused !== "EACCES" || this.isAsOnMachine(parent))) throw new Errno(refused);
    if (!this.isAsOnMachine(parent)) mayChangeNames(parent.stat, this.who);
  }

  private isAsOnMachine({ stat, body }: DirectoryNode): boolean {
    const now = body.base === null ? null : this.base.lstat(body.base);
    return now !== null && now.mode === stat.mode && now.uid === stat.uid && now.gid === stat.gid;
  }

  private mayHave(fresh: FileStat, { uid, gid }: Attributes): void {
    if (uid !== undefined || gid !== undefined) mayGive(fresh, uid ?? fresh.uid, gid ?? fresh.gid, this.who);
  }

  private changeable(place: Place, check: (stat: FileStat) => void): Node {
    if (place.node === null) throw new Errno("ENOENT");
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

function stated({ mode, uid, gid }: Attributes): Partial<FileStat> {
  return { ...(mode !== undefined && { mode }), ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

function isMissing(error: unknown): boolean {
  return error instanceof SlothError && (error.code === "E_NOT_FOUND" || error.code === "E_NOT_DIRECTORY");
}
