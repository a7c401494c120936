import { SlothError } from "../../base/errors.ts";
import { CHUNK_BYTES, FRAME_BYTES, mebibytes, tooMuch } from "./limits.ts";

/*
 * What the two ends of a connection say to each other. A frame is: length of what follows (u32), kind (u8), id (u32), payload;
 * numbers are big-endian. Requests and streams are told apart by their ids; each end numbers its own.
 */
export const KIND = {
  /** Controller to agent, first: `hello` of messages.ts. */
  hello: 1,
  /** Agent to controller: `ready` of messages.ts. */
  ready: 2,
  /** Controller to agent: one of operations.ts; answered by `reply` or `failure` with the same id. */
  request: 3,
  reply: 4,
  failure: 5,
  /** The request of that id is not wanted any more; it still ends with a reply or failure. */
  cancel: 6,
  /** Output of a request's command as it comes: one byte (1 stdout, 2 stderr), then the bytes. */
  output: 7,
  /** Agent to controller: `{request, digest}`: send those contents under this id. */
  want: 8,
  /** To the agent: of the stream that it wanted. To the controller: of the answer to the request of that id, before its reply. */
  chunk: 9,
  /** To the agent alone: a reply ends what is sent to the controller. */
  chunksEnd: 10,
  chunksFailed: 11,
  /** One more chunk of that id may come. */
  credit: 12,
  ping: 13,
  pong: 14,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly payload: Uint8Array;
}

const HEADER = 9;
/** A payload up to this size costs less to copy than to write alone. */
const COPIED = 16 << 10;

/** Printed by the agent before its first frame, so that banners of shells and of sudo can be told from it. */
export const MAGIC = "\nSLOTH-RUNNER-AGENT/1\n";

/** A frame as it is written: in one piece, unless its payload is too large to be worth a copy. */
export function encodeFrame(kind: Kind, id: number, payload: Uint8Array): readonly Uint8Array[] {
  const isLarge = payload.length > COPIED;
  const bytes = Buffer.allocUnsafe(isLarge ? HEADER : HEADER + payload.length);
  bytes.writeUInt32BE(5 + payload.length, 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeUInt32BE(id, 5);
  if (isLarge) return [bytes, payload];
  bytes.set(payload, HEADER);
  return [bytes];
}

/** Cuts a stream of bytes into frames, however it comes in pieces. Holds no more than one frame and one piece. */
export class FrameReader {
  private bytes: Uint8Array = new Uint8Array(0);
  private length = 0;
  /** `bytes` is ours, with room behind `length`. */
  private isOwn = false;

  /** Takes a piece and answers the frames that are complete with it. Throws E_PROTOCOL on a length that cannot be. */
  push(piece: Uint8Array): readonly Frame[] {
    this.append(piece);
    const frames: Frame[] = [];
    let at = 0;
    for (let frame = this.frameAt(at); frame !== undefined; frame = this.frameAt(at)) {
      frames.push(frame);
      at += HEADER + frame.payload.length;
    }
    if (at > 0) this.drop(at);
    return frames;
  }

  private frameAt(at: number): Frame | undefined {
    if (this.length - at < HEADER) return undefined;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + at, HEADER);
    const length = view.getUint32(0);
    if (length < 5) throw new SlothError("E_PROTOCOL", `a frame of ${length} bytes cannot be`);
    if (length > FRAME_BYTES) throw tooMuch(`${mebibytes(FRAME_BYTES)} in one message`);
    if (this.length - at < 4 + length) return undefined;
    const payload = this.bytes.subarray(at + HEADER, at + 4 + length);
    return { kind: view.getUint8(4), id: view.getUint32(5), payload };
  }

  private append(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (this.length === 0) {
      this.bytes = piece;
      this.isOwn = false;
    } else {
      if (!this.isOwn || needed > this.bytes.length) this.grow(needed);
      this.bytes.set(piece, this.length);
    }
    this.length = needed;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, Math.min(this.announced(), Math.max(2 * this.length, CHUNK_BYTES))));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.isOwn = true;
  }

  /** Bytes of the frame that is on its way, as it says itself. */
  private announced(): number {
    if (this.length < HEADER) return HEADER;
    return 4 + new DataView(this.bytes.buffer, this.bytes.byteOffset, HEADER).getUint32(0);
  }

  /** Frames that were answered still look into the buffer: what comes next goes into another. */
  private drop(count: number): void {
    this.bytes = this.bytes.subarray(count, this.length);
    this.length = this.bytes.length;
    this.isOwn = false;
  }
}
