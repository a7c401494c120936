import fs from "node:fs";
import { errnoOf } from "../system-error.ts";

/** The file this program was started from, to be read in places: a bundle carries more than the program. */
export class OwnFile implements Disposable {
  readonly size: number;
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
    this.size = fs.fstatSync(fd).size;
  }

  /** null where it may be started and not read. */
  static open(): OwnFile | null {
    // Not by its name: that may be another file by now.
    const path = process.platform === "linux" ? "/proc/self/exe" : process.execPath;
    try {
      return new OwnFile(fs.openSync(path, fs.constants.O_RDONLY));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return null;
    }
  }

  /** Fewer bytes where the file ends before. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = fs.readSync(this.fd, bytes, filled, length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  /** Piece by piece. */
  async *stream(offset: number, length: number): AsyncIterable<Uint8Array> {
    for (let at = 0; at < length; at += PIECE) {
      yield this.read(offset + at, Math.min(PIECE, length - at));
      await new Promise(setImmediate);
    }
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.fd);
  }
}

const PIECE = 1 << 20;
