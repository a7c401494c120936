import { damage } from "./damage.ts";

export type Bytes = AsyncIterable<Uint8Array>;

/** Bytes that come in pieces, taken in the lengths that a format asks for; never more than a piece is held besides what is asked for. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private piece: Uint8Array = new Uint8Array();
  private at = 0;

  constructor(bytes: Bytes) {
    this.pieces = bytes[Symbol.asyncIterator]();
  }

  /** What is there, at most `length` bytes; null at the end. */
  async some(length: number): Promise<Uint8Array | null> {
    while (this.at === this.piece.length) {
      const { done, value } = await this.pieces.next();
      if (done === true) return null;
      [this.piece, this.at] = [value, 0];
    }
    const end = Math.min(this.at + length, this.piece.length);
    const taken = this.piece.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** As many as there are up to `length`: fewer only at the end. */
  async upTo(length: number): Promise<Uint8Array> {
    const first = await this.some(length);
    if (first === null || first.length === length) return first ?? new Uint8Array();
    const parts = [first];
    let have = first.length;
    while (have < length) {
      const more = await this.some(length - have);
      if (more === null) break;
      parts.push(more);
      have += more.length;
    }
    return Buffer.concat(parts);
  }

  async exactly(length: number, what: string): Promise<Uint8Array> {
    const bytes = await this.upTo(length);
    if (bytes.length !== length) throw damage(`it ends within ${what}`);
    return bytes;
  }

  /** The next `length` bytes, piece by piece. */
  async *stream(length: number, what: string): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const piece = await this.some(left);
      if (piece === null) throw damage(`it ends within ${what}`);
      left -= piece.length;
      yield piece;
    }
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.some(Infinity);
      if (piece === null) return;
      yield piece;
    }
  }
}
