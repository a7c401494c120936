import { pathBytes } from "./path-text.ts";

/**
 * Bytes as a text in which every byte has its place: what is not UTF-8 becomes lone surrogates (surrogateescape as in PEP 383), so
 * that `toBytes` gives the same bytes.
 */
export function toText(bytes: Uint8Array): string {
  const utf8 = Buffer.from(bytes).toString("utf8");
  if (!utf8.includes("\uFFFD")) return utf8;
  let out = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    out +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[i] ?? 0))
        : Buffer.from(bytes.subarray(i, i + length)).toString("utf8");
    i += length === 0 ? 1 : length;
  }
  return out;
}

/** Length of the valid UTF-8 sequence at `i`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const decoded = Buffer.from(bytes.subarray(i, i + length)).toString("utf8");
  const isReplacement = length === 3 && first === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd;
  return decoded.includes("\uFFFD") && !isReplacement ? 0 : length;
}

export function toBytes(text: string): Uint8Array {
  const bytes = pathBytes(text);
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
}

/** Bytes as a text for people and for parsers of ASCII: what is not UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
