import { SlothError } from "../base/errors.ts";
import type { ReadSystem, System } from "../system/system.ts";
import type { Collection, Item } from "./collect.ts";
import { writeIndex, writeTrailer, type Index, type Packed } from "./format.ts";
import { sealed } from "./seal.ts";
import { END_LENGTH } from "./trailer.ts";

export interface PackOptions {
  /** Path of the program it starts with. */
  readonly program: string;
  readonly outfile: string;
  readonly about: Omit<Index, "format" | "files" | "directories" | "links" | "seen" | "packages">;
  readonly collection: Collection;
  readonly packages: readonly Item[];
}

/** Writes a bundle, and answers its index. */
export async function pack(options: PackOptions, system: System): Promise<Index> {
  const { program, outfile, about, collection, packages } = options;
  let offset = system.stat(program)?.size ?? 0;
  const placed = (item: Item): Packed => {
    const { path, mode, size, digest } = item;
    const at = offset;
    offset += size;
    return { path, mode, size, offset: at, digest };
  };
  const index: Index = {
    format: 2,
    ...about,
    files: collection.files.map(placed),
    directories: [...collection.directories],
    links: [...collection.links],
    seen: [...collection.seen],
    packages: packages.map(placed),
  };
  const items = [...collection.files, ...packages];
  const last = writeIndex(index);
  const contents = contentsOf(program, items, last, offset, system);
  await system.writeFile(outfile, sealed(contents, offset + last.length + END_LENGTH), { mode: 0o755 });
  return index;
}

async function* contentsOf(
  program: string,
  items: readonly Item[],
  index: Uint8Array,
  offset: number,
  system: ReadSystem,
): AsyncIterable<Uint8Array> {
  yield* system.stream(program);
  for (const { from, size } of items) {
    let length = 0;
    for await (const piece of system.stream(from)) {
      length += piece.length;
      yield piece;
    }
    if (length !== size) throw new SlothError("E_SOURCE_CHANGED", `${from} changed while it was packed`);
  }
  yield index;
  yield writeTrailer(index, offset);
}
