import type { Digest } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import { printablePath } from "../../base/path-text.ts";
import { joined } from "../../base/path.ts";
import type { BaseLooks, FileLook, FileLooks } from "../files/files.ts";
import { LinkGuard } from "../files/link-guard.ts";
import { byBytes } from "../files/look.ts";
import { mayRead, type Credentials } from "../files/permissions.ts";
import { Errno, attempt, errnoOf } from "../system-error.ts";
import type { About, FileStat } from "../system.ts";
import { OverlayTree, isDirectory, type DirectoryNode, type Node, type Place } from "./overlay-tree.ts";
import { PathLook } from "./path-place.ts";
import { digestOfPredicted, type PredictedContents } from "./predicted-contents.ts";

const PIECE = 1 << 20;
/** Made by the kernel as they are asked for: their links lead where no path does. What is in memory at /dev/shm are files like others. */
const KERNELS = /^\/(?!dev\/shm(?:\/|$))(proc|sys|dev)(\/|$)/;

export interface OverlayOptions {
  readonly base: BaseLooks;
  readonly umask: number;
  readonly who: Credentials;
  /** Why something may not be as it looks; else undefined. */
  readonly unknownBecause: (about: About) => string | undefined;
}

/** The reading half of an overlay: what was predicted first, then the machine. */
export class OverlayLooks implements FileLooks {
  protected readonly base: BaseLooks;
  protected readonly who: Credentials;
  protected readonly tree: OverlayTree;
  private readonly unknownBecause: (about: About) => string | undefined;

  constructor({ base, who, unknownBecause }: OverlayOptions) {
    this.base = base;
    this.who = who;
    this.unknownBecause = unknownBecause;
    this.tree = new OverlayTree(base, who);
  }

  lstat(path: string): FileStat | null {
    return this.isReal(path) ? this.base.lstat(path) : (this.find(path, false)?.node?.stat ?? null);
  }

  stat(path: string): FileStat | null {
    if (this.isReal(path)) return this.base.stat(path);
    const found = attempt("look at", path, () => this.reach(path, true))?.node?.stat ?? null;
    return found?.type === "link" ? null : found;
  }

  realPath(path: string): string | null {
    if (this.isReal(path)) return this.base.realPath(path);
    const place = this.find(path, true);
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
      return this.namesIn(node);
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

  digest(path: string, key: Uint8Array | undefined, signal: AbortSignal, seen?: FileStat): Digest | Promise<Digest> {
    return this.attempt("read", path, () => {
      const source = this.contentsAt(path);
      if (typeof source === "string") return this.base.digest(source, key, signal, seen);
      return digestOfPredicted(source, key) ?? this.tooLarge(path);
    });
  }

  look(path: string, follow: boolean): FileLook {
    if (this.isReal(path)) return this.base.look(path, follow);
    const reached = attempt("look at", path, () => this.reach(path, follow));
    return new PathLook(this, reached === null ? path : joined(reached.parentPath, reached.name));
  }

  /** As `walkTo` of the real machine; null: there is no way. */
  protected reach(path: string, follow: boolean): Place | null {
    const place = this.tryWalking(path, false);
    if (!follow || place?.node?.stat.type !== "link") return place;
    const followed = this.tryWalking(path, true);
    return followed === null || followed.node === null ? place : followed;
  }

  private tryWalking(path: string, follow: boolean): Place | null {
    try {
      return this.tree.find(path, follow, new LinkGuard(this.who.euid));
    } catch (error) {
      if (["ENOENT", "ENOTDIR", ...(follow ? ["ELOOP"] : [])].includes(errnoOf(error) ?? "")) return null;
      throw error;
    }
  }

  protected namesIn(directory: DirectoryNode): readonly string[] {
    if (!this.tree.isAsOnMachine(directory)) mayRead(directory.stat, this.who);
    return [...this.tree.names(directory)].sort(byBytes);
  }

  /** What is not there may be for a reason that the plan knows of. */
  protected attempt<T>(verb: string, path: string, action: () => T): T {
    try {
      return attempt(verb, path, action);
    } catch (error) {
      if (!(error instanceof SlothError) || !isMissing(error)) throw error;
      const reason = this.unknownBecause({ kind: "path", name: path });
      if (reason === undefined) throw Object.assign(error, { isCertain: true });
      throw new SlothError("E_UNKNOWN", `${printablePath(path)} is not there, and ${reason}`, { cause: error });
    }
  }

  /** null when there is nothing, or no way there. */
  protected tryFind(path: string, follow: boolean, ...alsoNothing: readonly string[]): Place | null {
    try {
      return this.tree.find(path, follow);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", ...alsoNothing].includes(errnoOf(error) ?? "")) return null;
      throw error;
    }
  }

  private isReal(path: string): boolean {
    return this.tree.isUntouched || KERNELS.test(path);
  }

  private find(path: string, follow: boolean): Place | null {
    return attempt("look at", path, () => this.tryFind(path, follow, follow ? "ELOOP" : ""));
  }

  /** Led by no link that the machine would not let lead it. */
  private existing(path: string, follow: boolean): Node {
    const { node } = this.tree.find(path, follow, follow ? new LinkGuard(this.who.euid) : undefined);
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
}

function isMissing({ code }: SlothError): boolean {
  return code === "E_NOT_FOUND" || code === "E_NOT_DIRECTORY";
}
