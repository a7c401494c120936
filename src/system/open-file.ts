import fs from "node:fs";
import { pathBytes } from "../engine/path-text.ts";
import type { OpenFile, OpenMode } from "../lua/host-port.ts";
import { Errno, errnoOf } from "./system-error.ts";

/** Opens as C's fopen does. What may block (a pipe, a terminal, a device) is opened and read off the main thread. */
export function openFile(path: string, mode: OpenMode): OpenFile | Promise<OpenFile> {
  if (mayBlock(path)) return openStream(path, mode);
  return new RegularFile(fs.openSync(pathBytes(path), mode), mode.startsWith("a"));
}

function mayBlock(path: string): boolean {
  try {
    const found = fs.statSync(pathBytes(path));
    return !found.isFile() && !found.isDirectory();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
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

/** Our own standard input, read as it comes. */
export function standardInput(): OpenFile {
  let pieces: AsyncIterator<Uint8Array> | undefined;
  return {
    async read() {
      pieces ??= Bun.stdin.stream()[Symbol.asyncIterator]();
      const { value, done } = await pieces.next();
      return done === true ? new Uint8Array() : value;
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
