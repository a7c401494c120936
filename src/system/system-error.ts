import { printablePath } from "../base/path-text.ts";
import { SlothError, toError } from "../base/errors.ts";

/** What the kernel calls it, our code for it, and the sentence for the user. Some names are ours, where the kernel's says too little. */
const KNOWN: { readonly [errno: string]: readonly [code: string, sentence: string] } = {
  ENOENT: ["E_NOT_FOUND", "there is no such file or directory"],
  ELINK: ["E_LOOP", "it is a link, which has no mode"],
  ENOTLINK: ["E_NOT_LINK", "it is not a symbolic link"],
  ECHANGED: ["E_CHANGED", "something else was put there meanwhile"],
  EINTOSELF: ["E_IO", "a directory cannot be moved into itself"],
  ENOPARENT: ["E_NOT_FOUND", "the directory it is in is not there"],
  EACCES: ["E_ACCESS", "permission denied"],
  EPERM: ["E_ACCESS", "the system does not permit it"],
  EEXIST: ["E_EXISTS", "it exists already"],
  ENOTEMPTY: ["E_NOT_EMPTY", "the directory is not empty"],
  ENOTDIR: ["E_NOT_DIRECTORY", "a part of the path is not a directory"],
  EISDIR: ["E_IS_DIRECTORY", "it is a directory"],
  EROFS: ["E_READ_ONLY", "the file system is read-only"],
  ENOSPC: ["E_NO_SPACE", "no space is left on its file system"],
  EDQUOT: ["E_NO_SPACE", "the disk quota is used up"],
  EFBIG: ["E_NO_SPACE", "it is larger than the file system or a limit allows"],
  EBUSY: ["E_BUSY", "it is in use, or something is mounted there"],
  ETXTBSY: ["E_BUSY", "the program in it is running"],
  ELOOP: ["E_LOOP", "its symbolic links lead in a circle"],
  ENAMETOOLONG: ["E_NAME_TOO_LONG", "the name is too long"],
  EXDEV: ["E_IO", "the two names are on different file systems"],
  ENUL: ["E_PATH", "a path cannot hold a NUL byte"],
  EMFILE: ["E_IO", "too many files are open (ulimit -n)"],
};

/** A thrown errno as an error in the user's words: `cannot write /etc/hosts: permission denied`. Anything else passes as it is. */
export function systemError(thrown: unknown, verb: string, path: string): Error {
  const errno = errnoOf(thrown);
  if (errno === undefined || thrown instanceof SlothError) return toError(thrown);
  const [code, sentence] = KNOWN[errno] ?? ["E_IO", reasonOf(thrown)];
  return new SlothError(code, `cannot ${verb} ${printablePath(path)}: ${sentence}`, {
    hint: hintOf(errno),
    cause: thrown,
  });
}

/** An errno where the kernel was not asked: what a plan knows it would say. */
export class Errno extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Does it, or throws what it throws as `systemError`. */
export function attempt<T>(verb: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw systemError(error, verb, path);
  }
}

/** "ENOENT" and the like, of what node:fs and Bun throw; undefined for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || typeof thrown.code !== "string") return undefined;
  // Before the kernel is asked.
  if (thrown.code === "ERR_INVALID_ARG_VALUE" && thrown.message.includes("null bytes")) return "ENUL";
  return /^E[A-Z0-9]+$/.test(thrown.code) ? thrown.code : undefined;
}

function hintOf(errno: string): string | undefined {
  if (errno === "ECHANGED") return "run again; if it goes on, somebody who may write there keeps exchanging it";
  if (errno !== "EACCES" && errno !== "EPERM") return undefined;
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) return `running as uid ${uid}; it needs root, or a user who may do this`;
  return errno === "EPERM"
    ? "even root is refused: an immutable attribute (lsattr), a missing capability, or a container's limits"
    : "even root is refused: a network file system, a security module, or a missing capability";
}

/** Bun and node say "EIO: i/o error, open '/x'": what the system said, without the call. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/^[A-Z0-9]+: /, "").replace(/, \w+( '.*)?$/s, "");
}
