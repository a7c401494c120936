import type * as foreign from "bun:ffi";

/** The few calls that node:fs lacks. */
export interface Libc {
  /** These four follow a link: of what is held open, by /proc/self/fd. */
  listxattr(path: Buffer, list: Buffer, size: number): number;
  getxattr(path: Buffer, name: Buffer, value: Buffer, size: number): number;
  setxattr(path: Buffer, name: Buffer, value: Buffer, size: number, flags: number): number;
  removexattr(path: Buffer, name: Buffer): number;
  pipe2(ends: Int32Array, flags: number): number;
}

type ForeignFunctions = typeof foreign;

let opened: Libc | null | undefined;

/** null where foreign functions cannot be: no libc that we know the name of, or memory that may not be both written and run. */
export function libc(): Libc | null {
  if (opened === undefined) opened = open();
  return opened;
}

function open(): Libc | null {
  const functions: unknown = process.getBuiltinModule("bun:ffi");
  if (!isForeignFunctions(functions)) return null;
  const { dlopen } = functions;
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  for (const name of ["libc.so.6", musl]) {
    try {
      const { symbols } = dlopen(name, {
        listxattr: { args: ["ptr", "ptr", "u64"], returns: "i64" },
        getxattr: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i64" },
        setxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" },
        removexattr: { args: ["ptr", "ptr"], returns: "i32" },
        pipe2: { args: ["ptr", "i32"], returns: "i32" },
      });
      return {
        listxattr: (...args) => Number(symbols.listxattr(...args)),
        getxattr: (...args) => Number(symbols.getxattr(...args)),
        setxattr: symbols.setxattr,
        removexattr: symbols.removexattr,
        pipe2: symbols.pipe2,
      };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return null;
}

/** The types know no builtin of the runtime's own by that name. */
function isForeignFunctions(module: unknown): module is ForeignFunctions {
  return typeof module === "object" && module !== null && "dlopen" in module && typeof module.dlopen === "function";
}
