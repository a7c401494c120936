import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The dynamic loader and the libraries that the program needs, each with its contents; the loader first. */
export type Libraries = readonly [loader: Uint8Array, ...libraries: Uint8Array[]];

const ENTRY_OF_LAUNCHER = 112; // behind `struct config` in launcher.c
const FILES = 5;
const LARGEST_PAGE = 65536;
const PT = { NULL: 0, LOAD: 1, INTERP: 3, NOTE: 4 };
const READ_AND_EXECUTE = 5;
/** In a line of the table of segments. */
const OFFSET = 8;
const processors: Record<number, string> = { 62: "x64", 183: "arm64" };

/**
 * A compiled Linux program with scripts/launcher/launcher.c as its first code. With libraries it becomes portable: they are
 * carried in the file, and the kernel is told of no loader. The launcher is one more segment, which takes the place of
 * the build's notes in the table of segments. The loader's name, which the kernel reads before anything else, is moved behind all of
 * it: a file that was cut anywhere before is not started at all (EIO), instead of being ended in the midst of it.
 */
export function withLauncher(program: Uint8Array, libraries?: Libraries): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const processor = processors[view.getUint16(18, true)];
  if (view.getUint32(0) !== 0x7f454c46 || processor === undefined) throw new Error("not an ELF file for x64 or arm64");
  const launcher = readFileSync(join(import.meta.dir, "launcher", `${processor}.bin`));

  const segments = segmentsOf(view);
  const note = segments.findLast(({ type }) => type === PT.NOTE);
  const interpreter = segments.find(({ type }) => type === PT.INTERP);
  if (note === undefined || interpreter === undefined) throw new Error("no segment to put the launcher in place of");
  const address = alignUp(Math.max(...segments.filter(({ type }) => type === PT.LOAD).map(({ end }) => end)));

  const loader = program.subarray(interpreter.offset, interpreter.offset + interpreter.size);
  const pieces = layOut(program.length, [launcher, ...(libraries ?? [loader])]);
  const result = new Uint8Array(pieces.end);
  result.set(program);
  for (const { offset, contents } of pieces.placed) result.set(contents, offset);
  const [own, last, ...others] = pieces.placed;
  if (own === undefined || last === undefined) throw new Error("nothing placed");

  const out = new DataView(result.buffer);
  const entry = view.getBigUint64(24, true);
  out.setBigUint64(24, BigInt(address + ENTRY_OF_LAUNCHER), true);
  writeSegment(out, note.at, { offset: own.offset, address, size: launcher.length });
  if (libraries !== undefined) out.setUint32(interpreter.at, PT.NULL, true);
  else out.setBigUint64(interpreter.at + OFFSET, BigInt(last.offset), true);
  writeConfig(out, own.offset, entry - BigInt(address), libraries === undefined ? [] : [last, ...others]);
  return result;
}

interface Placed {
  readonly offset: number;
  readonly contents: Uint8Array;
}

interface Segment {
  readonly type: number;
  /** Where its line in the table is. */
  readonly at: number;
  /** Where in the file it is. */
  readonly offset: number;
  readonly size: number;
  /** First address behind it. */
  readonly end: number;
}

function segmentsOf(view: DataView): readonly Segment[] {
  const [table, line, count] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * line;
    const number = (field: number): number => Number(view.getBigUint64(at + field, true));
    const end = number(16) + number(40);
    return { type: view.getUint32(at, true), at, offset: number(OFFSET), size: number(32), end };
  });
}

function layOut(
  from: number,
  pieces: readonly Uint8Array[],
): { readonly placed: readonly Placed[]; readonly end: number } {
  let end = from;
  const placed = pieces.map((contents) => {
    const offset = alignUp(end);
    end = offset + contents.length;
    return { offset, contents };
  });
  return { placed, end };
}

function writeSegment(out: DataView, at: number, to: { offset: number; address: number; size: number }): void {
  out.setUint32(at, PT.LOAD, true);
  out.setUint32(at + 4, READ_AND_EXECUTE, true);
  const rest = [to.offset, to.address, to.address, to.size, to.size, LARGEST_PAGE];
  for (const [index, value] of rest.entries()) out.setBigUint64(at + 8 + index * 8, BigInt(value), true);
}

/** `struct config` of launcher.c. */
function writeConfig(out: DataView, at: number, entry: bigint, carried: readonly Placed[]): void {
  if (carried.length !== 0 && carried.length !== FILES)
    throw new Error(`${carried.length} files to carry, not ${FILES}`);
  out.setBigInt64(at + 8, entry, true);
  out.setBigUint64(at + 16, carried.length > 0 ? 1n : 0n, true);
  for (const [index, { offset, contents }] of carried.entries()) {
    out.setBigUint64(at + 32 + index * 16, BigInt(offset), true);
    out.setBigUint64(at + 40 + index * 16, BigInt(contents.length), true);
  }
}

function alignUp(value: number): number {
  return Math.ceil(value / LARGEST_PAGE) * LARGEST_PAGE;
}
