import { mebibytes, tooMuch } from "./protocol/limits.ts";

/** A byte stream that is read by lines first, and as what is left of it later. */
export class LineFirst {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly limit: number;
  private rest: Uint8Array = new Uint8Array(0);
  private seen = 0;

  /** Its lines may have `limit` bytes in all. */
  constructor(source: AsyncIterable<Uint8Array>, limit: number) {
    this.source = source[Symbol.asyncIterator]();
    this.limit = limit;
  }

  /** The next line without its newline; undefined when the stream ended before one. Throws E_PROTOCOL when it is too much. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.rest.indexOf(10);
      if (end >= 0) return this.cut(end);
      if (this.rest.length > LONGEST) return this.cut(LONGEST);
      if (this.seen > this.limit) throw tooMuch(`${mebibytes(this.limit)} of text before it began`);
      const next = await this.source.next();
      if (next.done === true) return undefined;
      this.rest = new Uint8Array(Buffer.concat([this.rest, next.value]));
    }
  }

  /** Everything from here on. */
  async *remaining(): AsyncGenerator<Uint8Array> {
    if (this.rest.length > 0) yield this.rest;
    for (let next = await this.source.next(); next.done !== true; next = await this.source.next()) yield next.value;
  }

  private cut(end: number): string {
    const line = new TextDecoder().decode(this.rest.subarray(0, end));
    this.rest = this.rest.subarray(end + 1);
    this.seen += end + 1;
    return line;
  }
}

/** A line without a newline is cut here. */
const LONGEST = 64 << 10;
