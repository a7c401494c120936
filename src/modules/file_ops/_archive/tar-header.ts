import { toText } from "../../../base/byte-text.ts";
import { damage } from "./damage.ts";

export const BLOCK = 512;

/** A header block of a tar archive, as POSIX and GNU tar write it. */
export interface TarHeader {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly target: string;
  readonly user: string;
  readonly group: string;
  readonly block: Uint8Array;
}

/** null: the block of zeros that an archive ends with. */
export function readHeader(block: Uint8Array): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  checkSum(block);
  const name = textAt(block, 0, 100);
  const prefix = textAt(block, 257, 6) === "ustar" ? textAt(block, 345, 155) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    mode: numberAt(block, 100, 8) & 0o7777,
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    size: sizeOf(numberAt(block, 124, 12)),
    mtimeMs: numberAt(block, 136, 12) * 1000,
    target: textAt(block, 157, 100),
    user: textAt(block, 265, 32),
    group: textAt(block, 297, 32),
    block,
  };
}

export function sizeOf(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw damage(`a member of ${size} bytes`);
  return size;
}

/** Octal digits between blanks and zeros, or, marked by the highest bit, a number in base 256. */
export function numberAt(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const first = field[0] ?? 0;
  if ((first & 0x80) !== 0) return base256(field);
  const digits = Buffer.from(field).toString("latin1").replaceAll("\0", " ").trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw damage(`a header with '${digits.replaceAll(/[^ -~]/g, "?")}' for a number`);
  return Number.parseInt(digits, 8);
}

function base256(field: Uint8Array): number {
  const negative = (field[0] ?? 0) === 0xff;
  let value = negative ? -1 : (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

/** The sum of all bytes, its own field taken for blanks; old programs summed them with signs. */
function checkSum(block: Uint8Array): void {
  let [unsigned, signed] = [0, 0];
  for (const [index, byte] of block.entries()) {
    const counted = index >= 148 && index < 156 ? 0x20 : byte;
    unsigned += counted;
    signed += counted > 127 ? counted - 256 : counted;
  }
  const written = numberAt(block, 148, 8);
  if (written !== unsigned && written !== signed) throw damage("it is no tar archive, or a header in it is damaged");
}

/** Up to the first NUL; names are bytes, and none is lost. */
export function textAt(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return toText(end === -1 ? field : field.subarray(0, end));
}

/** What a pax header says, in its order: GNU tar writes the pieces of a sparse file under one key again and again. */
export function readPax(bytes: Uint8Array): readonly (readonly [key: string, value: string])[] {
  const records: [string, string][] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(Buffer.from(bytes.subarray(at, blank)).toString("latin1"));
    const end = at + length;
    const equals = bytes.indexOf(0x3d, blank);
    if (blank === -1 || !Number.isSafeInteger(length) || end > bytes.length || equals === -1 || equals >= end)
      throw damage("a pax header in it is damaged");
    records.push([toText(bytes.subarray(blank + 1, equals)), toText(bytes.subarray(equals + 1, end - 1))]);
    at = end;
  }
  return records;
}
