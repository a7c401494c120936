import { SlothError } from "../../base/errors.ts";
import { CHUNK_BYTES, WINDOW_CHUNKS, mebibytes, tooMuch } from "./limits.ts";
import { KIND } from "./frames.ts";
import type { FrameLink } from "./link.ts";

/** Sends streams of bytes, each no faster than the other end takes it. */
export class Outgoing {
  private readonly link: FrameLink;
  private readonly windows = new Map<number, Window>();

  constructor(link: FrameLink) {
    this.link = link;
  }

  /** Resolves when all of it was sent; rejects when `stop` was called. */
  async send(id: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    const window = new Window();
    this.windows.set(id, window);
    try {
      for await (const piece of source) {
        for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
          await window.take();
          await this.link.send(KIND.chunk, id, piece.subarray(at, at + CHUNK_BYTES));
        }
      }
    } finally {
      this.windows.delete(id);
    }
  }

  /** A credit came; one for a stream that is over is the last of it. */
  grant(id: number): void {
    this.windows.get(id)?.grant();
  }

  /** Nobody takes more of it. */
  stop(id: number, why: Error): void {
    this.windows.get(id)?.stop(why);
  }

  stopAll(why: Error): void {
    for (const window of this.windows.values()) window.stop(why);
  }
}

/** How many more chunks may be sent. */
class Window {
  private free = WINDOW_CHUNKS;
  private stopped: Error | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;

  grant(): void {
    if (++this.free > WINDOW_CHUNKS) throw new SlothError("E_PROTOCOL", "took more of a stream than was sent");
    this.waiting?.resolve();
  }

  stop(why: Error): void {
    this.stopped = why;
    this.waiting?.resolve();
  }

  async take(): Promise<void> {
    while (this.free === 0 && this.stopped === undefined) {
      this.waiting = Promise.withResolvers<void>();
      await this.waiting.promise;
    }
    if (this.stopped !== undefined) throw this.stopped;
    this.free--;
  }
}

/** A stream that comes in: whoever iterates over it takes it chunk by chunk, and each that was taken is credited. */
export class Incoming implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = [];
  private readonly credit: () => Promise<void>;
  private owed = 0;
  private ended = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(credit: () => Promise<void>) {
    this.credit = credit;
  }

  /** Throws E_PROTOCOL when that is more than was credited. */
  push(chunk: Uint8Array): void {
    if (chunk.length > CHUNK_BYTES) throw tooMuch(`${mebibytes(CHUNK_BYTES)} in one chunk`);
    if (++this.owed > WINDOW_CHUNKS) throw tooMuch("was taken of a stream");
    this.chunks.push(chunk);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  fail(error: Error): void {
    this.failure = error;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        // Whoever does not read its credits gets to send no more; nobody here waits for that.
        void this.credit().then(
          () => this.owed--,
          () => {},
        );
      } else if (this.failure !== undefined) throw this.failure;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
