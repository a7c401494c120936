import type { OwnFile } from "../system/files/own-file.ts";
import { damaged } from "./format.ts";
import { checksum, checksumBytes, PIECE } from "./seal.ts";
import { CHECKSUM_LENGTH, type Trailer } from "./trailer.ts";

/** For macOS, where no launcher does it: refuses a bundle with a changed byte, and a program with something behind it that is no bundle. */
export function refuseDamaged(file: OwnFile, trailer: Trailer | null): void {
  if (trailer === null) {
    if (file.size > endOfProgram(file.read(0, PIECE))) throw damaged("its end");
    return;
  }
  const end = file.size - CHECKSUM_LENGTH;
  let sum = 0n;
  for (let at = 0; at < end; at += PIECE) sum = checksum(file.read(at, Math.min(PIECE, end - at)), sum);
  if (!Buffer.from(file.read(end, CHECKSUM_LENGTH)).equals(checksumBytes(sum))) throw damaged("something in it");
}

const SEGMENT_64 = 0x19;

/** Where a program of macOS ends by its own account: behind the last of its segments. */
export function endOfProgram(start: Uint8Array): number {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  let [at, end] = [32, 0];
  for (let left = view.getUint32(16, true); left > 0 && at + 56 <= start.length; left--) {
    if (view.getUint32(at, true) === SEGMENT_64)
      end = Math.max(end, Number(view.getBigUint64(at + 40, true) + view.getBigUint64(at + 48, true)));
    at += view.getUint32(at + 4, true);
  }
  return end;
}
