import { SlothError } from "../base/errors.ts";
import { CHECKSUM_LENGTH } from "./trailer.ts";

/** As in scripts/launcher/checksum.h. */
export const PIECE = 1 << 20;

/**
 * The bytes of a bundle that will be `length` bytes long, told to the launcher of the program it begins with, and their checksum: XXH64 of
 * pieces, the sum of one the seed of the next. The launcher compares both before the program's first line.
 */
export async function* sealed(contents: AsyncIterable<Uint8Array>, length: number): AsyncIterable<Uint8Array> {
  let [at, sum] = [0, 0n];
  let launcher: number | null = null;
  for await (const piece of inPieces(contents)) {
    if (at === 0) launcher = launcherIn(piece);
    if (launcher !== null && launcher >= at && launcher < at + piece.length) tellLength(piece, launcher - at, length);
    at += piece.length;
    sum = checksum(piece, sum);
    yield piece;
  }
  if (launcher !== null && launcher >= at) throw notOurs();
  yield checksumBytes(sum);
}

export function checksum(piece: Uint8Array, seed: bigint): bigint {
  return Bun.hash.xxHash64(piece, seed);
}

export function checksumBytes(sum: bigint): Uint8Array {
  const bytes = Buffer.alloc(CHECKSUM_LENGTH);
  bytes.writeBigUInt64LE(sum);
  return bytes;
}

/** `struct config` of scripts/launcher/launcher.c: its magic, where `bundle` is in it, and how far behind it the entry point is. */
const CONFIG = { magic: Buffer.from("STH02\0\0\0", "latin1"), bundle: 24, length: 112 };
const BUNDLE = 1n << 63n;
const LOAD = 1;

/** Where the launcher is in a Linux program, by its first piece; null: a program of macOS, which has none. */
function launcherIn(piece: Uint8Array): number | null {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  if (piece.length < 64) throw notOurs();
  if (view.getUint32(0) === 0xcffaedfe) return null;
  if (view.getUint32(0) !== 0x7f454c46) throw notOurs();
  const address = view.getBigUint64(24, true) - BigInt(CONFIG.length);
  const [table, size, count] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  for (let at = table; at < Math.min(table + size * count, piece.length - size); at += size) {
    const [offset, start, length] = [8, 16, 32].map((field) => view.getBigUint64(at + field, true));
    if (offset === undefined || start === undefined || length === undefined) continue;
    if (view.getUint32(at, true) === LOAD && address >= start && address < start + length)
      return Number(offset + address - start);
  }
  throw notOurs();
}

/** The launcher begins at a multiple of 64 KiB: its config is never in two pieces. */
function tellLength(piece: Uint8Array, at: number, length: number): void {
  const config = Buffer.from(piece.buffer, piece.byteOffset + at, Math.min(CONFIG.length, piece.length - at));
  if (!config.subarray(0, CONFIG.magic.length).equals(CONFIG.magic)) throw notOurs();
  config.writeBigUInt64LE(BUNDLE | BigInt(length), CONFIG.bundle);
}

function notOurs(): SlothError {
  return new SlothError("E_NO_BUILD", "the program to start the bundle with is no build of this sloth-runner", {
    hint: "take one of the same version",
  });
}

/** The same bytes, each piece but the last of the same length. */
async function* inPieces(contents: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let [piece, filled] = [new Uint8Array(PIECE), 0];
  for await (const some of contents) {
    for (let taken = 0; taken < some.length;) {
      const count = Math.min(PIECE - filled, some.length - taken);
      piece.set(some.subarray(taken, taken + count), filled);
      [filled, taken] = [filled + count, taken + count];
      if (filled < PIECE) continue;
      yield piece;
      [piece, filled] = [new Uint8Array(PIECE), 0];
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
