/*
 * A bundle is the program, the contents one after another, the index as JSON, and a trailer of fixed length:
 * magic (16), offset of the index (8), its length (8), its SHA-256 (32). Apart from the rest of the format: every start looks for it.
 */

export const MAGIC = "SLOTH-BUNDLE-01\n";
export const TRAILER_LENGTH = 64;

export interface Trailer {
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
}

/** null: these bytes end no bundle. */
export function readTrailer(bytes: Uint8Array): Trailer | null {
  const trailer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (trailer.length !== TRAILER_LENGTH || trailer.toString("latin1", 0, 16) !== MAGIC) return null;
  return {
    offset: Number(trailer.readBigUInt64LE(16)),
    length: Number(trailer.readBigUInt64LE(24)),
    digest: `sha256:${trailer.toString("hex", 32)}`,
  };
}
