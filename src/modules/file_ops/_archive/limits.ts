import { SlothError } from "../../../base/errors.ts";
import { integer, withDefault } from "../../../engine/schema.ts";
import type { Bytes } from "./bytes.ts";

/** How much an archive may be: a small file can hold any amount, and what is listed is kept in memory and in the record. */
export type Limits = {
  readonly entries: number;
  readonly bytes: number;
  /** How many times its own size it may be unpacked; asked from 64 MiB on. */
  readonly ratio: number;
};

export const DEFAULT_LIMITS: Limits = { entries: 100_000, bytes: 2 ** 34, ratio: 1000 };

export const limitFields = {
  max_entries: withDefault(integer("How many members it may have.", 1), DEFAULT_LIMITS.entries),
  max_bytes: withDefault(
    integer("How many bytes it may have unpacked; the default is 16 GiB.", 1),
    DEFAULT_LIMITS.bytes,
  ),
  max_ratio: withDefault(
    integer("How many times the archive's own size that may be, from 64 MiB on.", 1),
    DEFAULT_LIMITS.ratio,
  ),
};

const ASKED_FROM = 64 * 2 ** 20;
const A_TURN_MS = 10;

/** Counts what is read of one archive and what comes of it, and gives the event loop its turns. */
export class Tally {
  private readonly limits: Limits;
  private readonly signal: AbortSignal;
  private readBytes = 0;
  private unpacked = 0;
  private entries = 0;
  private turn = performance.now();

  constructor(limits: Limits, signal: AbortSignal) {
    this.limits = limits;
    this.signal = signal;
  }

  /** The archive as it is read. */
  async *read(archive: Bytes): AsyncGenerator<Uint8Array> {
    for await (const piece of archive) {
      this.readBytes += piece.length;
      yield piece;
    }
  }

  /** What is unpacked of it. */
  async *unpack(contents: Bytes): AsyncGenerator<Uint8Array> {
    for await (const piece of contents) {
      this.unpacked += piece.length;
      if (this.unpacked > this.limits.bytes) throw tooMuch(`more than ${this.limits.bytes} bytes`, "max_bytes");
      if (this.unpacked > ASKED_FROM && this.unpacked > this.readBytes * this.limits.ratio)
        throw tooMuch(`more than ${this.limits.ratio} times its own size`, "max_ratio");
      await this.breathe();
      yield piece;
    }
  }

  entry(): void {
    this.entries++;
    if (this.entries > this.limits.entries) throw tooMuch(`more than ${this.limits.entries} members`, "max_entries");
  }

  private async breathe(): Promise<void> {
    this.signal.throwIfAborted();
    if (performance.now() - this.turn < A_TURN_MS) return;
    await new Promise(setImmediate);
    this.turn = performance.now();
  }
}

/** Told with the archive's name by whoever knows it. */
export class ArchiveTooLarge extends SlothError {
  constructor(what: string, field: string) {
    super("E_TOO_LARGE", what, { hint: `if it is meant to be so large, say more with ${field}` });
  }
}

function tooMuch(what: string, field: string): ArchiveTooLarge {
  return new ArchiveTooLarge(what, field);
}
