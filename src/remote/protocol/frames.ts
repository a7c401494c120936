import { SlothError } from "../../base/errors.ts";

/*
 * What the two ends of a connection say to each other. A frame is: length of what follows (u32), kind (u8), id (u32), payload;
 * numbers are big-endian. Requests and streams are told apart by their ids; each end numbers its own.
 */
export const KIND = {
  /** Controller to agent, first: `{version, key, mode, host}`. */
  hello: 1,
  /** Agent to controller: `{version, pid}`. */
  ready: 2,
  /** Controller to agent: `{op, …}`; answered by `reply` or `failure` with the same id. */
  request: 3,
  reply: 4,
  failure: 5,
  /** The request of that id is not wanted any more; it still ends with a reply or failure. */
  cancel: 6,
  /** Output of a request's command as it comes: one byte (1 stdout, 2 stderr), then the bytes. */
  output: 7,
  /** Agent to controller: `{request, digest}`: send those contents under this id. */
  want: 8,
  chunk: 9,
  chunksEnd: 10,
  chunksFailed: 11,
  /** Agent to controller: one more chunk of that id may come. */
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
/** A frame holds no more; contents travel in chunks far below. */
export const FRAME_LIMIT = 64 << 20;

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

/** Cuts a stream of bytes into frames, however it comes in pieces. */
export class FrameReader {
  private pieces: Uint8Array[] = [];
  private size = 0;

  /** Takes a piece and answers the frames that are complete with it. Throws E_PROTOCOL on a length that cannot be. */
  push(piece: Uint8Array): readonly Frame[] {
    this.pieces.push(piece);
    this.size += piece.length;
    const frames: Frame[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): Frame | undefined {
    if (this.size < HEADER) return undefined;
    const head = this.peek(HEADER);
    const view = new DataView(head.buffer, head.byteOffset, HEADER);
    const length = view.getUint32(0);
    if (length < 5 || length > FRAME_LIMIT) throw new SlothError("E_PROTOCOL", `a frame of ${length} bytes cannot be`);
    if (this.size < 4 + length) return undefined;
    const whole = this.take(4 + length);
    return { kind: view.getUint8(4), id: view.getUint32(5), payload: whole.subarray(HEADER) };
  }

  /** The first bytes in one piece; they stay. */
  private peek(length: number): Uint8Array {
    const [first] = this.pieces;
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    return this.gathered().subarray(0, length);
  }

  private take(length: number): Uint8Array {
    const [first] = this.pieces;
    const all = first !== undefined && first.length >= length ? first : this.gathered();
    this.size -= length;
    if (all.length === length) this.pieces.shift();
    else this.pieces[0] = all.subarray(length);
    return all.subarray(0, length);
  }

  private gathered(): Uint8Array {
    const all = Buffer.concat(this.pieces);
    this.pieces = [all];
    return all;
  }
}
