import { encodeValue, decodeValue, isObject, type Value, type ValueObject } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { FrameReader, encodeFrame, type Frame, type Kind } from "./frames.ts";

/** Two byte streams: a process's standard input and output, seen from either end. */
export interface Wire {
  /** Resolves when the other end's buffers took it: this is the back-pressure. Rejects when it is gone. */
  write(bytes: Uint8Array): Promise<void>;
  readonly incoming: AsyncIterable<Uint8Array>;
  close(): void;
}

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

  sendValue(kind: Kind, id: number, value: Value): Promise<void> {
    return this.send(kind, id, new TextEncoder().encode(encodeValue(value)));
  }

  /** Reads until the stream ends. `receive` must not throw. */
  async listen(receive: (frame: Frame) => void): Promise<void> {
    const reader = new FrameReader();
    for await (const piece of this.wire.incoming) {
      this.heardAt = performance.now();
      for (const frame of reader.push(piece)) receive(frame);
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

export function payloadOf(frame: Frame): ValueObject {
  const value = decodeValue(new TextDecoder().decode(frame.payload));
  if (!isObject(value)) throw new SlothError("E_PROTOCOL", "a message is not a table");
  return value;
}

/** An error as it travels. */
export function errorValue(error: Error): ValueObject {
  if (!(error instanceof SlothError))
    return { code: "E_BUG", message: `bug at the far end: ${error.message}`, stack: error.stack ?? "" };
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

export function errorFrom(value: ValueObject): SlothError {
  const { code, message, hint } = value;
  const options = { hint: typeof hint === "string" ? hint : undefined };
  const text = typeof message === "string" ? message : "an error without a message";
  return new SlothError(typeof code === "string" ? code : "E_PROTOCOL", text, options);
}
