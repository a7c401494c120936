import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import type { OpenFile, OpenMode } from "../../lua/library/machine-port.ts";
import type { Reader } from "../processes/output.ts";
import { Errno, errnoOf } from "../system-error.ts";

/**
 * Opens as C's fopen does. A device is opened and read off the main thread. A named pipe may have nobody at its other end for ever,
 * which only a process of its own can be stopped in: `pipe` opens it.
 */
export function openFile(
  path: string,
  mode: OpenMode,
  pipe: (mode: "r" | "w") => Promise<OpenFile>,
): OpenFile | Promise<OpenFile> {
  const found = look(path);
  if (found?.isFIFO() === true && !mode.endsWith("+")) return pipe(mode === "r" ? "r" : "w");
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return openStream(path, mode);
  return new RegularFile(fs.openSync(pathBytes(path), mode), mode.startsWith("a"));
}

function look(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(pathBytes(path));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The kernel's own position cannot be moved from here, so it is kept beside. */
class RegularFile implements OpenFile {
  readonly #fd: number;
  readonly #appends: boolean;
  #position = 0;

  constructor(fd: number, appends: boolean) {
    this.#fd = fd;
    this.#appends = appends;
  }

  read(max: number): Uint8Array {
    const piece = Buffer.allocUnsafe(max);
    const count = fs.readSync(this.#fd, piece, 0, max, this.#position);
    this.#position += count;
    return piece.subarray(0, count);
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = this.#appends ? null : this.#position;
      const count = fs.writeSync(this.#fd, bytes, done, bytes.length - done, at);
      done += count;
      this.#position += count;
    }
    if (this.#appends) this.#position = fs.fstatSync(this.#fd).size;
  }

  seek(offset: number, from: "set" | "cur" | "end"): number {
    const start = from === "set" ? 0 : from === "cur" ? this.#position : fs.fstatSync(this.#fd).size;
    if (start + offset < 0) throw new Errno("EINVAL");
    this.#position = start + offset;
    return this.#position;
  }

  close(): undefined {
    fs.closeSync(this.#fd);
  }
}

/** By number: the runtime treats a handle that Lua forgot to close as our own mistake. */
async function openStream(path: string, mode: OpenMode): Promise<OpenFile> {
  const fd = await awaited<number>((done) => fs.open(pathBytes(path), mode, done));
  return {
    async read(max) {
      const piece = Buffer.allocUnsafe(Math.min(max, 65_536));
      const bytesRead = await awaited<number>((done) => fs.read(fd, piece, 0, piece.length, null, done));
      return piece.subarray(0, bytesRead);
    },
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        const left = bytes.length - done;
        const bytesWritten = await awaited<number>((end) => fs.write(fd, bytes, done, left, null, end));
        done += bytesWritten;
      }
    },
    seek: notSeekable,
    async close() {
      await awaited<void>((done) => fs.close(fd, done));
      return undefined;
    },
  };
}

export function notSeekable(): never {
  throw new Errno("ESPIPE");
}

/** Our own standard input, read as it comes. A stopped read ends it: nothing else would let go of a terminal. */
export function standardInput(): OpenFile {
  let reader: Reader | undefined;
  return {
    async read(_, signal) {
      const input = (reader ??= Bun.stdin.stream().getReader());
      const stop = (): void => void input.cancel();
      signal.addEventListener("abort", stop, { once: true });
      try {
        return (await input.read()).value ?? new Uint8Array();
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    write: () => {
      throw new Errno("EBADF");
    },
    seek: notSeekable,
    close: () => undefined,
  };
}

type Callback<T> = (error: NodeJS.ErrnoException | null | undefined, value: T) => void;

function awaited<T>(start: (done: Callback<T>) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  start((error, value) => (error === null || error === undefined ? resolve(value) : reject(error)));
  return promise;
}
