import { SlothError } from "../../base/errors.ts";

const MiB = 1 << 20;

/*
 * What one end takes from the other. Neither has to trust the other for its memory: whoever sends more is told so by name, and what was asked
 * fails; where it is more than was asked for, the connection ends.
 */

/** Bytes of one frame. Contents and output travel in chunks far below; what is larger in an answer goes beside it. */
export const FRAME_BYTES = 16 * MiB;
/** Values in one message, and how deep one may lie in another. */
export const MESSAGE_VALUES = 1_000_000;
export const MESSAGE_DEPTH = 1_000;
/** Bytes of one chunk of a stream, and chunks on their way that were not taken yet. */
export const CHUNK_BYTES = 256 << 10;
export const WINDOW_CHUNKS = 8;
/** Contents that one request may have on their way at once. */
export const STREAMS_OF_A_REQUEST = 16;
/** Bytes that one request's commands may print while they run; what is kept of each is limited where it runs. */
export const OUTPUT_BYTES = 256 * MiB;
/** Text, paths and contents that go beside an answer: of a file, of several, of the two outputs of a command. */
export const FILE_BYTES = 16 * MiB;
export const FILES_BYTES = 64 * MiB;
export const RESULT_BYTES = 144 * MiB;

/** "more than 16 MiB in one message" */
export function tooMuch(what: string): SlothError {
  return new SlothError("E_PROTOCOL", `sent more than ${what}`);
}

export function mebibytes(bytes: number): string {
  return `${bytes / MiB} MiB`;
}
