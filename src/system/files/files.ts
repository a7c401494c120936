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
  /** `key` makes it keyed. */
  digest(path: string, key: Uint8Array | undefined, signal: AbortSignal): Digest | Promise<Digest>;
}

/** The machine below a plan. */
export interface BaseLooks extends FileLooks {
  /** Why we may not write into a file, or make and remove names in a directory ("EACCES", "EROFS", …); null: we may. */
  refused(path: string, what: "contents" | "names"): string | null;
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
  /** Called with the finished temporary file; throws when it must not be used. */
  readonly validate: ((temporary: string) => Promise<void>) | undefined;
}

/** The file half of a System, with accounts already looked up. */
export interface Files extends FileLooks {
  writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void>;
  mkdir(path: string, attributes: Attributes): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number | undefined, gid: number | undefined): void;
  utimes(path: string, atimeMs: number, mtimeMs: number): void;
  symlink(target: string, path: string): void;
  hardlink(existing: string, path: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  removeTree(path: string, signal: AbortSignal): Promise<void>;
}
