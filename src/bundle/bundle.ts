import { OwnFile } from "../system/files/own-file.ts";
import type { Index, Packed } from "./format.ts";
import { END_LENGTH, readTrailer, TRAILER_LENGTH, type Trailer } from "./trailer.ts";
import { refuseDamaged } from "./whole.ts";

/** The bundle that this program is. */
export interface Bundle {
  index(): Promise<Index>;
  contents(packed: Packed): AsyncIterable<Uint8Array>;
}

/** null: this program is no bundle, but the program itself. Costs one look at the end of the file. On Linux the launcher has read all of it. */
export function ownBundle(): Bundle | null {
  const file = OwnFile.open();
  if (file === null) return null;
  const trailer = readTrailer(file.read(file.size - END_LENGTH, TRAILER_LENGTH), file.size);
  if (process.platform !== "linux") refuseDamaged(file, trailer);
  if (trailer !== null) return bundleIn(file, trailer);
  file[Symbol.dispose]();
  return null;
}

function bundleIn(file: OwnFile, trailer: Trailer): Bundle {
  return {
    async index() {
      const { readIndex } = await import("./format.ts");
      return readIndex(file.read(trailer.offset, trailer.length), trailer);
    },
    contents: ({ offset, size }) => file.stream(offset, size),
  };
}
