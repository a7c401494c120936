import { ByteReader, type Bytes } from "./bytes.ts";
import { damage } from "./damage.ts";
import { BLOCK, numberAt, sizeOf, type TarHeader } from "./tar-header.ts";

/** A file with holes: which pieces of it are there, and how long it is. */
export interface Sparse {
  readonly size: number;
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly offset: number;
  readonly length: number;
}

const MOST_PIECES = 100_000;
const ZEROS = new Uint8Array(1 << 16);

/** As GNU tar has always written it: four pieces in the header, more in blocks behind it. */
export async function gnuSparse({ block }: TarHeader, reader: ByteReader): Promise<Sparse> {
  const numbers: number[] = [];
  const take = (from: Uint8Array, at: number, count: number): void => {
    for (let field = 0; field < count * 2; field++) numbers.push(numberAt(from, at + field * 12, 12));
  };
  take(block, 386, 4);
  for (let more = block[482]; more === 1;) {
    if (numbers.length > MOST_PIECES * 2) throw damage("a file of too many pieces");
    const next = await reader.exactly(BLOCK, "the pieces of a sparse file");
    take(next, 0, 21);
    more = next[504];
  }
  return sparseOf(numberAt(block, 483, 12), numbers);
}

/**
 * As pax headers say it, in one of three ways; null: it is none. In the last the pieces stand before the contents, which
 * are then `size` less them.
 */
export async function paxSparse(
  records: readonly (readonly [string, string])[],
  reader: ByteReader,
): Promise<{ readonly sparse: Sparse; readonly taken: number } | null> {
  const said = new Map(records);
  if (said.get("GNU.sparse.major") === "1") {
    const { numbers, taken } = await numbersBefore(reader);
    return { sparse: sparseOf(Number(said.get("GNU.sparse.realsize")), numbers), taken };
  }
  const size = said.get("GNU.sparse.size");
  if (size === undefined) return null;
  const map = said.get("GNU.sparse.map")?.split(",");
  const numbers =
    map ?? records.filter(([key]) => /^GNU\.sparse\.(offset|numbytes)$/.test(key)).map(([, value]) => value);
  return { sparse: sparseOf(Number(size), numbers.map(Number)), taken: 0 };
}

/** Decimal numbers, each with a newline, the first how many pieces there are; filled up to whole blocks. */
async function numbersBefore(reader: ByteReader): Promise<{ readonly numbers: number[]; readonly taken: number }> {
  let text = "";
  for (let taken = BLOCK; ; taken += BLOCK) {
    text += Buffer.from(await reader.exactly(BLOCK, "the pieces of a sparse file")).toString("latin1");
    const lines = text.split("\n");
    const count = lines.length < 2 ? 0 : Number(lines[0]);
    if (!(count <= MOST_PIECES)) throw damage("a file of too many pieces");
    if (lines.length >= 2 && lines.length > count * 2 + 1)
      return { numbers: lines.slice(1, count * 2 + 1).map(Number), taken };
    if (taken > MOST_PIECES * 50) throw damage("a file of too many pieces");
  }
}

function sparseOf(size: number, numbers: readonly number[]): Sparse {
  const pieces: Piece[] = [];
  let end = 0;
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    const [offset, length] = [sizeOf(numbers[at] ?? -1), sizeOf(numbers[at + 1] ?? -1)];
    if (length === 0) continue;
    if (offset < end || offset + length > size) throw damage("a sparse file whose pieces do not fit");
    pieces.push({ offset, length });
    end = offset + length;
  }
  return { size: sizeOf(size), pieces };
}

/** The file with its holes: as zeros. */
export async function* filled({ size, pieces }: Sparse, contents: Bytes): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(contents);
  let at = 0;
  for (const { offset, length } of pieces) {
    yield* hole(offset - at);
    yield* reader.stream(length, "a sparse file");
    at = offset + length;
  }
  yield* hole(size - at);
}

function* hole(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
