import { joined } from "../../base/path.ts";
import type { BaseLooks } from "../files/files.ts";
import type { LinkGuard } from "../files/link-guard.ts";
import { maySearch, type Credentials } from "../files/permissions.ts";
import type { PredictedContents } from "./predicted-contents.ts";
import { Errno } from "../system-error.ts";
import type { FileStat } from "../system.ts";

/** What a plan knows of one thing: as the machine has it, or as it was predicted. The same object under two names is a hard link. */
export interface Node {
  stat: FileStat;
  readonly body: Body;
}

export type Body = Directory | Link | Predicted | Real;

interface Directory {
  readonly kind: "directory";
  /** The real directory whose names show through; null for one that only the plan has. */
  readonly base: string | null;
  /** Names said by the plan; null: removed. */
  readonly entries: Map<string, Node | null>;
}

interface Link {
  readonly kind: "link";
  readonly target: string;
}

interface Predicted {
  readonly kind: "predicted";
  readonly contents: PredictedContents;
}

/** A file, fifo, socket or device that is on the machine, under this name there. */
interface Real {
  readonly kind: "real";
  readonly path: string;
}

export type DirectoryNode = Node & { readonly body: Directory };

/** Where a path leads: the directory that holds the last name, by its real path, and what has that name, if anything. */
export interface Place {
  readonly parent: DirectoryNode;
  readonly parentPath: string;
  readonly name: string;
  readonly node: Node | null;
}

const MOST_LINKS = 40;

/** The tree of a plan: the machine's own, with what was predicted over it. */
export class OverlayTree {
  private readonly base: BaseLooks;
  private root: DirectoryNode | undefined;
  /** Real files with several names that the plan knows by one of them. */
  private readonly shared = new Map<string, Node>();

  private readonly who: Credentials;

  constructor(base: BaseLooks, who: Credentials) {
    this.base = base;
    this.who = who;
  }

  /** Nothing was predicted yet. */
  get isUntouched(): boolean {
    return this.root === undefined;
  }

  /**
   * Walks as the kernel does, through links in the middle if `guard` lets it, through one at the end on request. Throws Errno when
   * the way is barred.
   */
  find(path: string, followLast: boolean, guard?: LinkGuard): Place {
    const trail: Step[] = [{ name: "", node: this.rootNode() }];
    const todo = namesOf(path);
    let links = 0;
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      guard?.arrive(arrival(top(trail).node), todo.length + 1);
      this.checkSearch(top(trail).node);
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const { node: parent } = top(trail);
      const node = this.child(parent, name);
      if (node?.body.kind === "link" && (todo.length > 0 || followLast)) {
        if (++links > MOST_LINKS) throw new Errno("ELOOP");
        guard?.follow(parent.stat, node.stat, joined(pathOf(trail), name), todo.length);
        if (node.body.target.startsWith("/")) trail.length = 1;
        todo.unshift(...namesOf(node.body.target));
        continue;
      }
      if (node === null || !isDirectory(node)) {
        if (todo.length > 0) throw new Errno(node === null ? "ENOENT" : "ENOTDIR");
        if (node !== null) guard?.arrive(arrival(node), 0);
        return { parent, parentPath: pathOf(trail), name, node };
      }
      guard?.pass(parent.stat, node.stat);
      trail.push({ name, node });
    }
    guard?.arrive(arrival(top(trail).node), 0);
    const here = trail.pop();
    if (here === undefined || trail.length === 0) {
      return { parent: this.rootNode(), parentPath: "/", name: "", node: this.rootNode() };
    }
    return { parent: top(trail).node, parentPath: pathOf(trail), name: here.name, node: here.node };
  }

  /** The machine has it, with the rights it has there: the kernel answers for itself. */
  isAsOnMachine({ stat, body }: DirectoryNode): boolean {
    const now = body.base === null ? null : this.base.lstat(body.base);
    return now !== null && now.mode === stat.mode && now.uid === stat.uid && now.gid === stat.gid;
  }

  private checkSearch(directory: DirectoryNode): void {
    if (maySearch(directory.stat, this.who)) return;
    // An ACL may let us in all the same.
    const { base } = directory.body;
    if (base === null || !this.isAsOnMachine(directory) || this.base.refused(base, "search") !== null)
      throw new Errno("EACCES");
  }

  child(parent: DirectoryNode, name: string): Node | null {
    const said = parent.body.entries.get(name);
    if (said !== undefined) return said;
    if (parent.body.base === null) return null;
    const path = joined(parent.body.base, name);
    const stat = this.base.lstat(path);
    if (stat === null) return null;
    const known = stat.nlink > 1 ? this.shared.get(inodeOf(stat)) : undefined;
    return known ?? { stat, body: this.bodyOf(stat, path) };
  }

  names(directory: DirectoryNode): readonly string[] {
    const { base, entries } = directory.body;
    const real = base === null ? [] : this.base.list(base).filter((name) => !entries.has(name));
    return [...real, ...[...entries].flatMap(([name, node]) => (node === null ? [] : [name]))];
  }

  /** Puts a node at a place, or takes away what is there. The place's directories are remembered from now on. */
  set(place: Place, node: Node | null): void {
    const parent = this.remembered(place.parentPath);
    if (node !== null && node.body.kind !== "directory") this.shared.set(inodeOf(node.stat), node);
    if (node === null && parent.body.base === null) parent.body.entries.delete(place.name);
    else parent.body.entries.set(place.name, node);
  }

  /** The node at a place as one that may be changed and is seen by all who look later. */
  changeable(place: Place): Node {
    if (place.node === null) throw new Errno("ENOENT");
    if (place.name === "") return this.remembered("/");
    this.set(place, place.node);
    return place.node;
  }

  /** `path` is real: no link in it. */
  private remembered(path: string): DirectoryNode {
    let here = this.rootNode();
    this.root = here;
    for (const name of namesOf(path)) {
      const next = this.child(here, name);
      if (next === null || !isDirectory(next)) throw new Errno("ENOTDIR");
      here.body.entries.set(name, next);
      here = next;
    }
    return here;
  }

  private rootNode(): DirectoryNode {
    if (this.root !== undefined) return this.root;
    const stat = this.base.lstat("/");
    if (stat === null) throw new Errno("ENOENT");
    return { stat, body: { kind: "directory", base: "/", entries: new Map() } };
  }

  private bodyOf(stat: FileStat, path: string): Body {
    if (stat.type === "directory") return { kind: "directory", base: path, entries: new Map() };
    if (stat.type === "link") return { kind: "link", target: this.base.readLink(path) };
    return { kind: "real", path };
  }
}

interface Step {
  readonly name: string;
  readonly node: DirectoryNode;
}

export function isDirectory(node: Node): node is DirectoryNode {
  return node.body.kind === "directory";
}

export function isSameFile(a: Node | null, b: Node | null): boolean {
  return a !== null && b !== null && inodeOf(a.stat) === inodeOf(b.stat);
}

function arrival(node: Node): { uid: number; mode: number; isDirectory: boolean } {
  return { uid: node.stat.uid, mode: node.stat.mode, isDirectory: isDirectory(node) };
}

function inodeOf(stat: FileStat): string {
  return `${stat.dev}:${stat.ino}`;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function top(trail: readonly Step[]): Step {
  const step = trail.at(-1);
  if (step === undefined) throw new Errno("ENOENT");
  return step;
}

function pathOf(trail: readonly Step[]): string {
  return trail.length <= 1 ? "/" : trail.map(({ name }) => name).join("/");
}
