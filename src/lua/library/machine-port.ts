import type { MaybePromise } from "../../base/maybe-promise.ts";
import { constants } from "node:os";
import type { HostCall, ThreadScope } from "../vm/types.ts";

type Call = HostCall<ThreadScope>;
export type OpenMode = "r" | "w" | "a" | "r+" | "w+" | "a+";

/** A file, pipe or device as the system opened it; nothing is buffered here. */
export interface OpenFile {
  /** At most `max` bytes; none at the end, or when the signal aborts. */
  read(max: number, signal: AbortSignal): MaybePromise<Uint8Array>;
  write(bytes: Uint8Array): MaybePromise<void>;
  /** The new position. */
  seek(offset: number, from: "set" | "cur" | "end"): number;
  /** The exit status when it was a process. */
  close(): MaybePromise<number | undefined>;
  /** Lua is over and did not close it: lets go of what would keep us alive, without waiting. */
  abandon?(): void;
}

/**
 * The machine as Lua's own `io` and `os` see it. What the system refuses is thrown as it comes, with the errno's name in `code`. In
 * plan and check nothing is changed: files to be written are collected for the prediction, and what cannot be predicted throws
 * EndPrediction. Paths are strings as `bytesToPath` makes them.
 */
export interface HostPort {
  readonly input: OpenFile;
  open(path: string, mode: OpenMode, call: Call): MaybePromise<OpenFile>;
  /** `/bin/sh -c command`; its other streams go to `onOutput`. */
  popen(command: string, mode: "r" | "w", call: Call, onOutput: OutputListener): Promise<OpenFile>;
  execute(command: string, call: Call, onOutput: OutputListener): Promise<number>;
  remove(path: string, call: Call): void;
  rename(from: string, to: string, call: Call): void;
  /** Of a new empty file. */
  temporaryName(call: Call): string;
  env(name: string): string | undefined;
  /** A file of Lua code; undefined: none is there. */
  source(path: string): Uint8Array | undefined;
}

export type OutputListener = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

/** What the system said, as Lua's functions answer it. */
export interface Fault {
  readonly text: string;
  readonly errno: number;
}

/** undefined: it was not the system that refused. */
export function faultOf(thrown: unknown): Fault | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const name = OF_THE_KERNEL[code] ?? code;
  const errno = ERRNO.get(name);
  if (errno === undefined) return faultOf(thrown.cause);
  return {
    text:
      AS_C_SAYS[name] ??
      capitalised(process.getBuiltinModule("node:util").getSystemErrorMap().get(-errno)?.[1] ?? name),
    errno,
  };
}

const ERRNO: ReadonlyMap<string, number> = new Map(Object.entries(constants.errno));
/** A plan has names of its own where the kernel's say too little. */
const OF_THE_KERNEL: Readonly<Record<string, string>> = {
  ENOPARENT: "ENOENT",
  EINTOSELF: "EINVAL",
  ENOTLINK: "EINVAL",
  ELINK: "EOPNOTSUPP",
};
const AS_C_SAYS: Readonly<Record<string, string>> = {
  EISDIR: "Is a directory",
  EEXIST: "File exists",
  ENOTEMPTY: "Directory not empty",
  EXDEV: "Invalid cross-device link",
  ESPIPE: "Illegal seek",
  EBADF: "Bad file descriptor",
};

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
