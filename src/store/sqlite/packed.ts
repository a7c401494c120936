import { damaged } from "./errors.ts";

/** What zstd packed, in memory of its own. */
export function unpacked(path: string, packed: Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(Bun.zstdDecompressSync(packed));
  } catch (error) {
    throw damaged(path, error);
  }
}
