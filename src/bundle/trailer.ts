/*
 * A bundle is the program, the contents one after another, the index as JSON, a trailer of fixed length: magic (16), offset of the
 * index (8), its length (8), its SHA-256 (32); and the checksum of all that (8). Apart from the rest of the format: every start looks for it.
 */

export const MAGIC = "SLOTH-BUNDLE-02\n";
export const TRAILER_LENGTH = 64;
export const CHECKSUM_LENGTH = 8;
/** What stands behind the index. */
export const END_LENGTH = TRAILER_LENGTH + CHECKSUM_LENGTH;

export interface Trailer {
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
}

/** null: these bytes end no bundle of this size. */
export function readTrailer(bytes: Uint8Array, size: number): Trailer | null {
  const trailer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (trailer.length !== TRAILER_LENGTH || trailer.toString("latin1", 0, 16) !== MAGIC) return null;
  const [offset, length] = [trailer.readBigUInt64LE(16), trailer.readBigUInt64LE(24)];
  if (offset + length + BigInt(END_LENGTH) !== BigInt(size)) return null;
  return { offset: Number(offset), length: Number(length), digest: `sha256:${trailer.toString("hex", 32)}` };
}
