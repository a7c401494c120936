import { Bits } from "./bits.ts";
import { ByteReader, type Bytes } from "./bytes.ts";
import { readBlock, type Block } from "./bzip2-block.ts";
import { damage } from "./damage.ts";

/** No block of 900,000 bytes is longer when it is compressed: 20 bits for each of its bytes, and its tables. */
const LONGEST_BLOCK = 2_400_000;
const PIECE = 1 << 16;
const BLOCK_MAGIC = 0x314159;
const END_MAGIC = 0x177245;

/** What bzip2 (also pbzip2, in several streams) has compressed. Memory: one block, whatever comes of it. */
export async function* bunzip2(compressed: Bytes): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(compressed);
  const bits = new Bits();
  for (let first = true; ; first = false) {
    await fill(bits, reader);
    if (!first && bits.left < 4) return;
    const level = levelOf(bits);
    if (level === null && !first) return; // what stands behind the last stream is not ours
    if (level === null) throw damage("it is no bzip2 file");
    yield* stream(bits, reader, level);
    bits.toNextByte();
  }
}

function levelOf(bits: Bits): number | null {
  const [magic, level] = [bits.take(24), bits.take(8) - 0x30];
  return magic === 0x425a68 && level >= 1 && level <= 9 ? level : null;
}

async function* stream(bits: Bits, reader: ByteReader, level: number): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for (;;) {
    await fill(bits, reader);
    const [high, low] = [bits.take(24), bits.take(24)];
    if (high === END_MAGIC && low === 0x385090) break;
    if (high !== BLOCK_MAGIC || low !== 0x265359) throw damage("a block in it is damaged");
    const block = readBlock(bits, level * 100_000);
    yield* unpacked(block);
    sum = (((sum << 1) | (sum >>> 31)) ^ block.sum) >>> 0;
  }
  if (bits.takeWord() !== sum) throw damage("its checksum is another");
}

async function fill(bits: Bits, reader: ByteReader): Promise<void> {
  if (bits.left < LONGEST_BLOCK) bits.add(await reader.upTo(LONGEST_BLOCK));
}

/** Undoes the block's sorting, then the counts of repeated bytes, piece by piece; compares its checksum at the end. */
function* unpacked({ order, first, sum }: Block): Generator<Uint8Array> {
  let piece = new Uint8Array(PIECE);
  let filled = 0;
  let crc = 0xffffffff;
  let [at, last, alike] = [order[(order[first] ?? 0) >>> 8] ?? 0, -1, 0];
  for (let left = order.length; left > 0; left--) {
    const byte = at & 0xff;
    at = order[at >>> 8] ?? 0;
    let times = 1;
    if (alike === 4) [times, alike] = [byte, 0];
    else alike = byte === last ? alike + 1 : 1;
    const written = alike === 0 ? last : byte;
    last = alike === 0 ? -1 : byte;
    for (; times > 0; times--) {
      piece[filled++] = written;
      crc = (crc << 8) ^ (CRC[(crc >>> 24) ^ written] ?? 0);
      if (filled < PIECE) continue;
      yield piece;
      [piece, filled] = [new Uint8Array(PIECE), 0];
    }
  }
  if (~crc >>> 0 !== sum) throw damage("a block in it is damaged");
  if (filled > 0) yield piece.subarray(0, filled);
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});
