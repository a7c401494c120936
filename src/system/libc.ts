/** The few calls that node:fs lacks. */
export interface Libc {
  llistxattr(path: Buffer, list: Buffer, size: number): number;
  lgetxattr(path: Buffer, name: Buffer, value: Buffer, size: number): number;
  lsetxattr(path: Buffer, name: Buffer, value: Buffer, size: number, flags: number): number;
  lremovexattr(path: Buffer, name: Buffer): number;
  pipe2(ends: Int32Array, flags: number): number;
}

let opened: Promise<Libc | null> | undefined;

/** null where foreign functions cannot be: no libc that we know the name of, or memory that may not be both written and run. */
export function libc(): Promise<Libc | null> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Libc | null> {
  const { dlopen } = await import("bun:ffi");
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  for (const name of ["libc.so.6", musl]) {
    try {
      const { symbols } = dlopen(name, {
        llistxattr: { args: ["ptr", "ptr", "u64"], returns: "i64" },
        lgetxattr: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i64" },
        lsetxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" },
        lremovexattr: { args: ["ptr", "ptr"], returns: "i32" },
        pipe2: { args: ["ptr", "i32"], returns: "i32" },
      });
      return {
        llistxattr: (...args) => Number(symbols.llistxattr(...args)),
        lgetxattr: (...args) => Number(symbols.lgetxattr(...args)),
        lsetxattr: symbols.lsetxattr,
        lremovexattr: symbols.lremovexattr,
        pipe2: symbols.pipe2,
      };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return null;
}
