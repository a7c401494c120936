import type { Digest } from "../base/digest.ts";

export type FileType = "file" | "directory" | "link" | "fifo" | "socket" | "block" | "character";

export interface FileStat {
  readonly type: FileType;
  /** Permission bits with set-uid, set-gid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly atimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
}

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** Added to the environment we pass on; null takes a variable out. BUN_* of our own never pass. */
  readonly env?: { readonly [name: string]: string | null } | undefined;
  readonly stdin?: Uint8Array | string | undefined;
  /** Run as this user (needs root unless it is ourselves), with HOME, USER, LOGNAME and SHELL of theirs. */
  readonly user?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** A package manager at work: it is waited for when we are interrupted, never killed. */
  readonly mustFinish?: boolean | undefined;
  /** Called with each piece of output as it comes. */
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Uint8Array) => void) | undefined;
  /** Output kept of each stream; more fails with E_OUTPUT_LIMIT. Default 64 MiB. 0 with `onOutput`: it is only passed on. */
  readonly maxOutput?: number | undefined;
}

export interface CommandResult {
  /** 128 + signal number when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export type Argv = readonly [string, ...string[]];

/** What is not there now, and may be once what is only planned was done. */
export interface About {
  readonly kind: "path" | "user" | "group" | "unit";
  readonly name: string;
}

/** Contents at hand or streamed. */
export type Contents = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * The machine, for looking only. Files are looked at synchronously (a warm look costs microseconds), contents above 1 MiB and
 * commands asynchronously. Paths are absolute. In plan, earlier predictions are seen first. Errors are SlothErrors that
 * name the path and what the system said (`E_NOT_FOUND`, `E_ACCESS`, `E_IO`, …); when something is not there and an earlier
 * planned change may be why, E_UNKNOWN with that reason (see `unknownBecause`).
 */
export interface ReadSystem {
  /** "local", or the name of the host this process was brought to. */
  readonly host: string;
  /** Aborts when the task is timed out or the run interrupted. */
  readonly signal: AbortSignal;
  /** Effective user id. */
  readonly euid: number;
  /** What a new file's mode is less; symbolic modes such as "+x" need it. */
  readonly umask: number;

  /** null: nothing there (or a parent is missing or not a directory). */
  lstat(path: string): FileStat | null;
  /**
   * Follows links, as `list`, `readFile`, `stream` and `digest` do, only where nobody could show us with them what he may not read himself
   * (E_ACCESS); null also for a dangling one.
   */
  stat(path: string): FileStat | null;
  readLink(path: string): string;
  /** Path with every link resolved; null when it does not resolve. */
  realPath(path: string): string | null;
  /** Names in a directory, sorted by bytes, without `.` and `..`. */
  list(path: string): readonly string[];
  /** Whole contents. Over 64 MiB: E_TOO_LARGE. */
  readFile(path: string): Uint8Array;
  /** Contents piece by piece, at most 1 MiB each. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /**
   * Digest of a file's contents, keyed when `like` is (so that secret contents are compared without being known). With `seen`, what
   * lstat said of it: links are not followed, and anything else there by now is E_CHANGED.
   */
  digest(path: string, like?: string, seen?: FileStat): Digest | Promise<Digest>;
  /**
   * What a path leads to, walked once and held open until it is disposed of, as for a change: links on the way, and with `follow` at its
   * end, are followed only where nobody could lead us with them to what is not theirs (E_ACCESS).
   */
  look(path: string, options?: WalkOptions): Look;
  /** As `digest`, of bytes at hand. */
  digestOf(contents: Uint8Array | string, like?: string): Digest;

  /** From /etc/passwd and /etc/group, else `getent` where it is; null when unknown. In plan a predicted account counts. */
  userId(name: string): number | null;
  groupId(name: string): number | null;
  /** Name of an id, or the number as text when it has none. */
  userName(uid: number): string;
  groupName(gid: number): string;

  /** The variable of our own environment, without those Bun obeys. */
  env(name: string): string | undefined;
  /** First executable of that name on PATH, or null. */
  which(program: string): string | null;
  /** Runs a command that only looks. Any exit code is returned; not found or not executable is E_COMMAND. */
  query(argv: Argv, options?: CommandOptions): Promise<CommandResult>;
  /**
   * The answer of an earlier query of this run, kept until anything is run or applied on this host: the package list,
   * the state of units. A rejected promise is not kept.
   */
  cached<T>(key: string, make: () => Promise<T>): Promise<T>;
  /**
   * In plan: why something may be other than it looks (earlier commands not run, changes only predicted); else undefined. `about`: only
   * what may have to do with that.
   */
  unknownBecause(about?: About): string | undefined;
  /** In plan: what an earlier resource of that kind and name was predicted to be; undefined when none was. */
  predicted(kind: string, name: string): unknown;
  /** In plan: what all earlier resources of that kind were predicted to be, by name; null: absent. */
  allPredicted(kind: string): ReadonlyMap<string, unknown>;
}

export interface WalkOptions {
  /** A link at the end is followed; one that leads nowhere is what is meant itself. */
  readonly follow?: boolean | undefined;
}

/** One thing, whatever has its name by now. Not to be used after it was disposed of. */
export interface Look extends Disposable {
  /** Where it really is. */
  readonly path: string;
  /** null: there was nothing, or no way to it. */
  readonly stat: FileStat | null;
  /** Somebody else than root and us could have put it there, or put something else there. Unknown in plan: false. */
  isExposed(): boolean;
  readLink(): string;
  /** Over 64 MiB: E_TOO_LARGE. */
  readFile(): Uint8Array;
  digest(like?: string): Digest | Promise<Digest>;
  list(): readonly string[];
  /** What has a name in this directory, itself when it is a link; to be disposed of before this is. */
  below(name: string): Look;
}

/**
 * The same for changes. All of them are of what was found, or in the directory in which it was: what is exchanged for it meanwhile is
 * E_CHANGED, or replaced, never written or given away.
 */
export interface Place extends Look {
  below(name: string): Place;
  /** See System. */
  writeFile(contents: Contents, options: WriteOptions): Promise<void>;
  mkdir(attributes: FileAttributes): void;
  chmod(mode: number): void;
  chown(owner: string | undefined, group: string | undefined): void;
  utimes(atimeMs: number, mtimeMs: number): void;
  symlink(target: string, owner?: Pick<FileAttributes, "owner" | "group">): void;
  unlink(): void;
  removeTree(): Promise<void>;
}

/**
 * `attributes`: owner, mode or times alone, so that it stays the very same one. `name`: it is given one more, by which it can be changed from
 * then on. `whole`: it is made, replaced or taken away.
 */
export type Touch = "attributes" | "name" | "whole";

/** Hears of each thing before it is changed, as it still is. */
export type OnTouch = (place: Look, how: Touch) => void;

export interface FileAttributes {
  /** Permission bits. Without it: those of the file replaced, else 0666 less umask (0777 for a directory). */
  readonly mode?: number | undefined;
  /** Name or number. Without it: those of the file replaced, else ours. */
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

export interface WriteOptions extends FileAttributes {
  /** Checked while it is written; a difference is E_SOURCE_CHANGED and the old file stays. */
  readonly digest?: Digest | undefined;
  /** Run on the temporary file before the rename: `%s` in any argument is its path. Failing leaves the old file. */
  readonly validate?: Argv | undefined;
  /** Times it has when it appears. */
  readonly times?: { readonly atimeMs: number; readonly mtimeMs: number } | undefined;
  /** Keep a copy of the file replaced beside it, named as Ansible does (`PATH.PID.DATE@TIME~`). */
  readonly backup?: boolean | undefined;
}

/** The machine, for changing too. In plan each of these goes to the overlay; outside `apply` it does not exist. */
export interface System extends ReadSystem {
  /** See `look`. E_NOT_FOUND when the directory it is in is not there. The one way to change what is there already. */
  place(path: string, options?: WalkOptions): Place;
  /**
   * Puts contents at `path`: a temporary file in the same directory with its final owner, group, mode, ACL and extended
   * attributes, synced, then renamed; where a rename cannot be (a bind mount), written in place. Never through a link at `path`
   * itself: `place` follows. Directories are synced by `syncDirectories` at the latest. What is not stated is as it was, as long as the owner
   * is: set-id bits, ACL, capabilities and rights beyond the umask are not handed on.
   */
  writeFile(path: string, contents: Contents, options: WriteOptions): Promise<void>;
  mkdir(path: string, attributes: FileAttributes): void;
  /** Never through a link: of one it is E_LOOP. */
  chmod(path: string, mode: number): void;
  /** Of the link itself when `path` is one. Either may be left alone. Clears set-id bits of a file, and an ACL when the owner changes. */
  chown(path: string, owner: string | undefined, group: string | undefined): void;
  /** Of the link itself when `path` is one. */
  utimes(path: string, atimeMs: number, mtimeMs: number): void;
  /** Atomic: made under a temporary name, with its owner, then renamed over what is there. */
  symlink(target: string, path: string, owner?: Pick<FileAttributes, "owner" | "group">): void;
  /** A second name of what is at `existing`; `follow` as in `place`. */
  hardlink(existing: string, path: string, options?: WalkOptions): void;
  rename(from: string, to: string): void;
  /** A file, link, or empty directory. */
  unlink(path: string): void;
  /** A whole tree, never through links, never across a mount; refuses `/` and the system's own top-level directories. */
  removeTree(path: string): Promise<void>;
  /** Runs a command that may change the machine, in its own process group. In plan: not run, answers an empty success. */
  run(argv: Argv, options?: CommandOptions): Promise<CommandResult>;
}
