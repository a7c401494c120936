import { FrameReader, encodeFrame, type Frame, type Kind } from "./frames.ts";

/** Two byte streams: a process's standard input and output, seen from either end. */
export interface Wire {
  /** Resolves when the other end's buffers took it: this is the back-pressure. Rejects when it is gone. */
  write(bytes: Uint8Array): Promise<void>;
  readonly incoming: AsyncIterable<Uint8Array>;
  close(): void;
}

/** What comes is soon garbage, which the collector by itself would let grow to many times that. */
const COLLECT_AFTER = 16 << 20;

/** Sends frames in order and hands each that comes in to `receive`; answers when the other end is gone. */
export class FrameLink {
  private readonly wire: Wire;
  private last: Promise<void> = Promise.resolve();
  /** performance.now() of the last frame that came. */
  heardAt = performance.now();

  constructor(wire: Wire) {
    this.wire = wire;
  }

  send(kind: Kind, id: number, payload: Uint8Array = none): Promise<void> {
    const sent = this.last.then(() => this.write(encodeFrame(kind, id, payload)));
    // The next one goes on, whatever became of this one; whoever waits for this one is told.
    this.last = sent.catch(() => {});
    return sent;
  }

  /** Reads until the stream ends. Rejects with what `receive` throws: nothing of the stream is to be believed after that. */
  async listen(receive: (frame: Frame) => void): Promise<void> {
    const reader = new FrameReader();
    let uncollected = 0;
    for await (const piece of this.wire.incoming) {
      this.heardAt = performance.now();
      for (const frame of reader.push(piece)) receive(frame);
      uncollected += piece.length;
      if (uncollected < COLLECT_AFTER) continue;
      uncollected = 0;
      Bun.gc(true);
    }
  }

  close(): void {
    this.wire.close();
  }

  private async write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) await this.wire.write(piece);
  }
}

const none = new Uint8Array(0);
