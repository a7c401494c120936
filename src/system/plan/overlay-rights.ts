import { joined } from "../../base/path.ts";
import type { Attributes, BaseLooks } from "../files/files.ts";
import { isDirectory, type DirectoryNode, type Node, type OverlayTree, type Place } from "./overlay-tree.ts";
import {
  mayChangeNames,
  mayGive,
  mayRead,
  mayReadAndWrite,
  mayTakeName,
  type Credentials,
} from "../files/permissions.ts";
import { isMountPoint } from "../files/remove-tree.ts";
import { Errno } from "../system-error.ts";
import type { FileStat } from "../system.ts";

/** What the machine would let us do to the tree of a plan. Each throws the Errno that the kernel would answer with. */
export class OverlayRights {
  private readonly base: BaseLooks;
  private readonly tree: OverlayTree;
  private readonly who: Credentials;

  constructor(base: BaseLooks, tree: OverlayTree, who: Credentials) {
    this.base = base;
    this.tree = tree;
    this.who = who;
  }

  /** In a read-only directory, and yet to be written: in place. */
  isMountedFile({ node, parent }: Place): boolean {
    if (node?.body.kind !== "real" || parent.body.base === null) return false;
    const { base } = this;
    return base.refused(parent.body.base, "names") === "EROFS" && base.refused(node.body.path, "contents") === null;
  }

  /** Of a real directory the kernel is asked, unless the plan changed who may write there. */
  mayPutInto({ parent }: Place): void {
    this.mayChange(parent);
  }

  private mayChange(directory: DirectoryNode): void {
    const { base } = directory.body;
    const refused = base === null ? null : this.base.refused(base, "names");
    if (refused !== null && (refused !== "EACCES" || this.tree.isAsOnMachine(directory))) throw new Errno(refused);
    if (!this.tree.isAsOnMachine(directory)) mayChangeNames(directory.stat, this.who);
  }

  mayTake(place: Place): void {
    this.mayPutInto(place);
    if (place.node === null) return;
    this.mayLoseName(place.parent, place.node);
    if (isMountPoint(joined(place.parentPath, place.name))) throw new Errno("EBUSY");
  }

  /** A sticky directory keeps the names of others, an attribute of the file its own, even from root. */
  private mayLoseName(parent: DirectoryNode, node: Node): void {
    mayTakeName(parent.stat, node.stat, this.who);
    if (this.isKept(node)) throw new Errno("EPERM");
  }

  /** Immutable, or to be appended to and no more. */
  private isKept({ stat, body }: Node): boolean {
    if (body.kind === "directory") return body.base !== null && this.base.refused(body.base, "contents") === "EPERM";
    return body.kind === "real" && stat.type === "file" && this.base.refused(body.path, "name") === "EPERM";
  }

  /** As fs.protected_hardlinks has it: only to what is ours, or what we may write anyway. */
  mayLink(node: Node): void {
    if (this.isKept(node)) throw new Errno("EPERM");
    const { stat } = node;
    if (this.who.euid === 0 || this.who.euid === stat.uid || !this.protectsHardLinks()) return;
    const gains = (stat.mode & 0o4000) !== 0 || (stat.mode & 0o2010) === 0o2010;
    if (stat.type !== "file" || gains || !mayReadAndWrite(stat, this.who)) throw new Errno("EPERM");
  }

  private protectsHardLinks(): boolean {
    try {
      return Buffer.from(this.base.readFile("/proc/sys/fs/protected_hardlinks")).toString().trim() !== "0";
    } catch {
      return false; // another system, or one that does not tell
    }
  }

  mayReplaceFile({ node, parent }: Place): void {
    if (node !== null && isDirectory(node)) throw new Errno("EISDIR");
    if (node !== null) this.mayLoseName(parent, node);
  }

  mayReplace(target: Place, source: Node): void {
    this.mayPutInto(target);
    if (target.node === null) return;
    if (isDirectory(target.node) && !isDirectory(source)) throw new Errno("EISDIR");
    if (isDirectory(source) && !isDirectory(target.node)) throw new Errno("ENOTDIR");
    if (isDirectory(target.node)) this.mustBeEmpty(target.node);
    this.mayLoseName(target.parent, target.node);
  }

  mustBeEmpty(directory: DirectoryNode): void {
    if (this.tree.names(directory).length > 0) throw new Errno("ENOTEMPTY");
  }

  /** A tree in which one directory may not be written stays in part, so it counts as one that cannot be removed. */
  mayEmpty(directory: DirectoryNode): void {
    if (!this.tree.isAsOnMachine(directory)) mayRead(directory.stat, this.who);
    const names = this.tree.names(directory);
    if (names.length > 0) this.mayChange(directory);
    for (const name of names) {
      const child = this.tree.child(directory, name);
      if (child !== null) this.mayLoseName(directory, child);
      if (child !== null && isDirectory(child)) this.mayEmpty(child);
    }
  }

  mayHave(fresh: FileStat, { uid, gid }: Attributes): void {
    if (uid !== undefined || gid !== undefined) mayGive(fresh, uid ?? fresh.uid, gid ?? fresh.gid, this.who);
  }

  /** Of a read-only file system and an immutable file even the owner hears; mere permissions are another matter. */
  mayTouch(node: Node): void {
    const { body } = node;
    if (this.isKept(node)) throw new Errno("EPERM");
    const path = body.kind === "real" ? body.path : body.kind === "directory" ? body.base : null;
    const refused = path === null ? null : this.base.refused(path, "contents");
    if (refused === "EROFS" || refused === "EPERM") throw new Errno(refused);
  }
}
