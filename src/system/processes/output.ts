import fs from "node:fs";
import { libc, type Libc } from "../libc.ts";

const O_CLOEXEC = 0o2000000;

/** The part of a stream's reader that we use. */
export interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** Where a child writes and we read. */
export interface Output {
  /** What the child gets as its stream. */
  readonly childEnd: number | "pipe";
  /** To be called once the child runs; `own` is its stream when it has no pipe of ours. */
  open(own: unknown): Reader;
  /** When all is read, or nobody wants the rest. */
  close(): void;
}

/**
 * A real pipe where we can make one. The runtime's own are sockets, on which `echo > /dev/stderr` in a script fails, and which it
 * reads ahead of us without limit.
 */
export function makeOutput(c: Libc | null = libc()): Output {
  const ends = new Int32Array(2);
  if (c === null || c.pipe2(ends, O_CLOEXEC) !== 0) return RUNTIMES_OWN;
  const open = new Set(ends);
  const [readEnd = -1, writeEnd = -1] = ends;
  const close = (fd: number): void => {
    if (open.delete(fd)) fs.closeSync(fd);
  };
  return {
    childEnd: writeEnd,
    open: () => {
      close(writeEnd);
      return Bun.file(readEnd).stream().getReader();
    },
    close: () => ends.forEach(close),
  };
}

const RUNTIMES_OWN: Output = {
  childEnd: "pipe",
  open: (own) => {
    if (own instanceof ReadableStream) return own.getReader();
    throw new TypeError("the child has no output stream");
  },
  close: () => undefined,
};

/** What comes out of one stream of a child. */
export class Collector {
  /** Bytes that came at all. */
  seen = 0;
  private readonly pieces: Uint8Array[] = [];
  private readonly limit: number;
  private readonly onPiece: ((piece: Uint8Array) => void) | undefined;

  /** A `limit` of 0 with `onPiece`: nothing is kept. */
  constructor(limit: number, onPiece: ((piece: Uint8Array) => void) | undefined) {
    this.limit = limit;
    this.onPiece = onPiece;
  }

  /** Reads to the end; false as soon as there is more than may be kept. */
  async readAll(reader: Reader): Promise<boolean> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value === undefined) return true;
      this.seen += value.length;
      this.onPiece?.(value);
      if (this.limit === 0 && this.onPiece !== undefined) continue;
      if (this.seen > this.limit) return false;
      this.pieces.push(value);
    }
  }

  bytes(): Uint8Array {
    const [first] = this.pieces;
    return this.pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.pieces);
  }
}
