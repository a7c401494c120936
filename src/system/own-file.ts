import fs from "node:fs";

/** The file this program was started from, to be read in places: a bundle carries more than the program. */
export class OwnFile implements Disposable {
  readonly path: string;
  readonly size: number;
  private readonly fd: number;

  constructor(path: string = process.execPath) {
    this.path = path;
    this.fd = fs.openSync(path, fs.constants.O_RDONLY);
    this.size = fs.fstatSync(this.fd).size;
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
