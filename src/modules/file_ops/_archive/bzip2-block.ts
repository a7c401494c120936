import type { Bits } from "./bits.ts";
import { damage } from "./damage.ts";

/** A block as it was sorted: of each byte, in its low eight bits, above them where the next one is. */
export interface Block {
  readonly order: Uint32Array;
  /** Where the first byte is. */
  readonly first: number;
  readonly sum: number;
}

const GROUP = 50;
const LONGEST_CODE = 20;

export function readBlock(bits: Bits, size: number): Block {
  const sum = bits.takeWord();
  if (bits.take(1) === 1) throw damage("it is of a bzip2 older than 1997");
  const start = bits.take(24);
  const used = usedBytes(bits);
  const tables = bits.take(3);
  const selectors = selectorsOf(bits, tables);
  const codes = Array.from({ length: tables }, () => codeOf(bits, used.length + 2));
  const bytes = symbols(bits, { used, selectors, codes, size });
  if (start >= bytes.length) throw damage("a block in it is damaged");
  return sorted(bytes, start, sum);
}

function usedBytes(bits: Bits): number[] {
  const used: number[] = [];
  const rows = bits.take(16);
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue;
    const columns = bits.take(16);
    for (let column = 0; column < 16; column++)
      if (((columns >> (15 - column)) & 1) === 1) used.push(row * 16 + column);
  }
  if (used.length === 0) throw damage("a block in it is damaged");
  return used;
}

/** Which table each group of fifty symbols is in: each moved to the front when it is used. */
function selectorsOf(bits: Bits, tables: number): Uint8Array {
  const count = bits.take(15);
  if (tables < 2 || tables > 6 || count === 0) throw damage("a block in it is damaged");
  const recent = Array.from({ length: tables }, (_, table) => table);
  return Uint8Array.from({ length: count }, () => {
    let back = 0;
    while (bits.take(1) === 1) if (++back >= tables) throw damage("a block in it is damaged");
    const [table = 0] = recent.splice(back, 1);
    recent.unshift(table);
    return table;
  });
}

/** A Huffman code: by length, the largest code of it, and what to take off a code to find its symbol. */
interface Code {
  readonly largest: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: Uint16Array;
}

function codeOf(bits: Bits, count: number): Code {
  let length = bits.take(5);
  const lengths = Uint8Array.from({ length: count }, () => {
    for (;;) {
      if (length < 1 || length > LONGEST_CODE) throw damage("a block in it is damaged");
      if (bits.take(1) === 0) return length;
      length += bits.take(1) === 0 ? 1 : -1;
    }
  });
  const bySize = Array.from({ length: LONGEST_CODE + 1 }, (): number[] => []);
  for (const [symbol, size] of lengths.entries()) bySize[size]?.push(symbol);
  const [largest, offset] = [new Int32Array(LONGEST_CODE + 1).fill(-1), new Int32Array(LONGEST_CODE + 1)];
  let [next, before] = [0, 0];
  for (let size = 1; size <= LONGEST_CODE; size++) {
    const here = bySize[size]?.length ?? 0;
    offset[size] = next - before;
    next += here;
    if (here > 0) largest[size] = next - 1;
    next *= 2;
    before += here;
  }
  return { largest, offset, symbols: Uint16Array.from(bySize.flat()) };
}

function symbolIn({ largest, offset, symbols }: Code, bits: Bits): number {
  let code = 0;
  for (let size = 1; size <= LONGEST_CODE; size++) {
    code = (code << 1) | bits.take(1);
    if (code > (largest[size] ?? -1)) continue;
    const symbol = symbols[code - (offset[size] ?? 0)];
    if (symbol !== undefined) return symbol;
  }
  throw damage("a block in it is damaged");
}

interface Coded {
  readonly used: readonly number[];
  readonly selectors: Uint8Array;
  readonly codes: readonly Code[];
  readonly size: number;
}

/** Bytes, each named by how long ago it was used; runs of the last one by their length, in digits 1 and 2. */
function symbols(bits: Bits, { used, selectors, codes, size }: Coded): Uint8Array {
  const recent = [...used];
  const bytes = new Uint8Array(size);
  const end = used.length + 1;
  let [length, run, digit] = [0, 0, 1];
  for (let count = 0; ; count++) {
    const code = codes[selectors[Math.floor(count / GROUP)] ?? -1];
    if (code === undefined) throw damage("a block in it is damaged");
    const symbol = symbolIn(code, bits);
    if (symbol <= 1) {
      run += digit << symbol;
      digit *= 2;
      if (run > size) throw damage("a block in it is damaged");
      continue;
    }
    if (length + run + 1 > size + (symbol === end ? 1 : 0)) throw damage("a block in it is damaged");
    bytes.fill(recent[0] ?? 0, length, length + run);
    length += run;
    [run, digit] = [0, 1];
    if (symbol === end) return bytes.subarray(0, length);
    const [byte = 0] = recent.splice(symbol - 1, 1);
    recent.unshift(byte);
    bytes[length++] = byte;
  }
}

function sorted(bytes: Uint8Array, start: number, sum: number): Block {
  const next = new Uint32Array(256);
  for (const byte of bytes) next[byte] = (next[byte] ?? 0) + 1;
  for (let byte = 0, total = 0; byte < 256; byte++) {
    const count = next[byte] ?? 0;
    next[byte] = total;
    total += count;
  }
  const order = new Uint32Array(bytes.length);
  for (const [at, byte] of bytes.entries()) {
    const place = next[byte] ?? 0;
    next[byte] = place + 1;
    order[place] = (order[place] ?? 0) | (at << 8);
    order[at] = (order[at] ?? 0) | byte;
  }
  return { order, first: start, sum };
}
