import type { OpenFile } from "./machine-port.ts";

/** What `read` is asked for: a number, a line without or with its end, all of it, or so many bytes. */
export type ReadFormat = "n" | "l" | "L" | "a" | number;

const PIECE = 65_536;
const NEWLINE = 10;

/** An open file with what was read ahead of it. */
export class LuaFile {
  readonly #file: OpenFile;
  #ahead = Buffer.alloc(0);
  #ended = false;
  closed = false;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** null: there is none. A number comes as its text. */
  read(format: ReadFormat, signal: AbortSignal): Uint8Array | null | Promise<Uint8Array | null> {
    for (let from = 0; ;) {
      const size = this.#sizeOf(format, from);
      if (size !== undefined) return this.#take(format, size);
      from = this.#ahead.length;
      const more = this.#fill(typeof format === "number" ? format : PIECE, signal);
      if (more instanceof Promise) return more.then(() => this.read(format, signal));
    }
  }

  /** How many of the bytes read ahead it takes; undefined: more must be read. `from`: where nothing was found before. */
  #sizeOf(format: ReadFormat, from: number): number | undefined {
    const { length } = this.#ahead;
    if (typeof format === "number")
      return length >= Math.max(format, 1) || this.#ended ? Math.min(format, length) : undefined;
    if (format === "a") return this.#ended ? length : undefined;
    if (format === "n") return this.#ended || length >= LONGEST_NUMERAL ? numeralIn(this.#ahead) : undefined;
    const end = this.#ahead.indexOf(NEWLINE, from);
    if (end !== -1) return end + 1;
    return this.#ended ? length : undefined;
  }

  #take(format: ReadFormat, size: number): Uint8Array | null {
    const atEnd = this.#ended && this.#ahead.length === 0;
    const taken = this.#ahead.subarray(0, size);
    this.#ahead = this.#ahead.subarray(size);
    if (format === "a") return taken;
    if (atEnd || (format === "n" && !IS_NUMERAL.test(taken.toString("latin1")))) return null;
    return format === "l" && taken.at(-1) === NEWLINE ? taken.subarray(0, -1) : taken;
  }

  #fill(wanted: number, signal: AbortSignal): void | Promise<void> {
    const bytes = this.#file.read(Math.max(PIECE, this.#ahead.length, wanted - this.#ahead.length), signal);
    if (bytes instanceof Promise) return bytes.then((piece) => this.#append(piece));
    this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    this.#ended = bytes.length === 0;
    if (!this.#ended) this.#ahead = Buffer.concat([this.#ahead, bytes]);
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#dropAhead();
    return this.#file.write(bytes);
  }

  seek(from: "set" | "cur" | "end", offset: number): number {
    this.#dropAhead();
    return this.#file.seek(offset, from);
  }

  close(): number | undefined | Promise<number | undefined> {
    this.closed = true;
    return this.#file.close();
  }

  abandon(): void {
    this.#file.abandon?.();
  }

  /** The position is where Lua is, not where we read ahead to. */
  #dropAhead(): void {
    if (this.#ahead.length > 0) this.#file.seek(-this.#ahead.length, "cur");
    this.#ahead = Buffer.alloc(0);
    this.#ended = false;
  }
}

const LONGEST_NUMERAL = 200;
const NUMERAL =
  /^[ \f\n\r\t\v]*[-+]?(?:0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*(?:[pP][-+]?[0-9]*)?|[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]*)?)/;

const IS_NUMERAL =
  /^[ \f\n\r\t\v]*[-+]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?[0-9]+)?|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)$/;

/** Bytes of the longest front that looks like a numeral; whether it is one, Lua says. */
function numeralIn(bytes: Buffer): number {
  let blanks = 0;
  while (blanks < bytes.length && /[ \f\n\r\t\v]/.test(String.fromCharCode(bytes[blanks] ?? 0))) blanks++;
  return NUMERAL.exec(bytes.toString("latin1", 0, blanks + LONGEST_NUMERAL))?.[0].length ?? 0;
}
