import type { Digest } from "../../base/digest.ts";
import type { Contents, FileStat } from "../system.ts";

/** The file half of a System for looking: the real machine, or the overlay of a plan over it. */
export interface FileLooks {
  lstat(path: string): FileStat | null;
  stat(path: string): FileStat | null;
  readLink(path: string): string;
  realPath(path: string): string | null;
  list(path: string): readonly string[];
  readFile(path: string): Uint8Array;
  stream(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** `key` makes it keyed. `seen`: of what was looked at, and no link; anything else there by now is E_CHANGED. */
  digest(path: string, key: Uint8Array | undefined, signal: AbortSignal, seen?: FileStat): Digest | Promise<Digest>;
  /** See ReadSystem. */
  look(path: string, follow: boolean): FileLook;
}

/** See Look. */
export interface FileLook extends Disposable {
  readonly path: string;
  readonly stat: FileStat | null;
  isExposed(): boolean;
  readLink(): string;
  readFile(): Uint8Array;
  digest(key: Uint8Array | undefined, signal: AbortSignal): Digest | Promise<Digest>;
  list(): readonly string[];
  below(name: string): FileLook;
}

export type Right = "contents" | "names" | "search" | "name";

/** The machine below a plan. */
export interface BaseLooks extends FileLooks {
  /**
   * Why we may not ("EACCES", "EROFS", …): write into a file, make and remove names in a directory, go through one, or take a file's name
   * from it (which an attribute keeps even from root). null: we may.
   */
  refused(path: string, what: Right): string | null;
}

/** Numbers where FileAttributes has names. */
export interface Attributes {
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export interface WriteRequest extends Attributes {
  readonly signal: AbortSignal;
  readonly digest: Digest | undefined;
  /** For a keyed `digest`. */
  readonly key: Uint8Array | undefined;
  readonly backup: boolean;
  readonly times?: Times | undefined;
  /** Called with the finished temporary file; throws when it must not be used. */
  readonly validate: ((temporary: string) => Promise<void>) | undefined;
}

export interface Times {
  readonly atimeMs: number;
  readonly mtimeMs: number;
}

/** See Place. */
export interface FilePlace extends FileLook {
  below(name: string): FilePlace;
  writeFile(contents: Contents, request: WriteRequest): Promise<void>;
  mkdir(attributes: Attributes): void;
  chmod(mode: number): void;
  chown(uid: number | undefined, gid: number | undefined): void;
  utimes(times: Times): void;
  symlink(target: string, owner: Pick<Attributes, "uid" | "gid">): void;
  unlink(): void;
  removeTree(signal: AbortSignal): Promise<void>;
}

/** The file half of a System, with accounts already looked up. */
export interface Files extends FileLooks {
  /** See System. `verb`: what is to be done, for messages. */
  place(path: string, follow: boolean, verb?: string): FilePlace;
  hardlink(existing: string, path: string, follow: boolean): void;
  rename(from: string, to: string): void;
}
