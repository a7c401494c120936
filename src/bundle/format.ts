import { normalize } from "node:path/posix";
import {
  array,
  boolean,
  check,
  integer,
  literal,
  maxValue,
  minValue,
  nullable,
  number,
  object,
  pipe,
  regex,
  safeInteger,
  safeParse,
  string,
  transform,
  type InferOutput,
} from "valibot";
import { digestOf, type Digest } from "../base/digest.ts";
import { SlothError } from "../base/errors.ts";
import { MAGIC, TRAILER_LENGTH, type Trailer } from "./trailer.ts";

const digest = pipe(
  string(),
  regex(/^sha256:[0-9a-f]{64}$/),
  transform((text): Digest => `sha256:${text.slice("sha256:".length)}`),
);
/** Absolute and spelt in one way: it stays below the directory it is unpacked into. */
const path = pipe(
  string(),
  check(
    (text) =>
      text.startsWith("/") && !text.includes("\0") && normalize(text) === text && (text === "/" || !text.endsWith("/")),
  ),
);
const fileName = pipe(string(), regex(/^[^/\0]+\.deb$/));
const size = pipe(number(), safeInteger(), minValue(0));
const mode = pipe(number(), integer(), minValue(0), maxValue(0o777));
/** Where contents lie in the file, and what they must be. */
const contents = { mode, size, offset: size, digest };
const packed = object({ path, ...contents });

const index = object({
  format: literal(2),
  version: string(),
  target: string(),
  stack: string(),
  /** Absolute, as all paths here: where things were on the machine that made the bundle. */
  workflow: path,
  directory: path,
  values: nullable(path),
  inventory: nullable(path),
  files: array(packed),
  directories: array(path),
  links: array(object({ path, to: string() })),
  /** What the workflow only asks about: that it is there, and no contents. */
  seen: array(object({ path, directory: boolean() })),
  packages: array(object({ path: fileName, ...contents })),
});

export type Index = Readonly<InferOutput<typeof index>>;
export type Packed = Readonly<InferOutput<typeof packed>>;

export function writeIndex(made: Index): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(made));
}

export function writeTrailer(indexBytes: Uint8Array, offset: number): Uint8Array {
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.write(MAGIC, 0, "latin1");
  trailer.writeBigUInt64LE(BigInt(offset), 16);
  trailer.writeBigUInt64LE(BigInt(indexBytes.length), 24);
  trailer.write(digestOf(indexBytes).slice("sha256:".length), 32, "hex");
  return trailer;
}

/** Contents lie before the index, names below where they are put: what anything else says is damage. */
export function readIndex(bytes: Uint8Array, trailer: Trailer): Index {
  if (digestOf(bytes) !== trailer.digest) throw damaged("its index");
  const { success, output } = safeParse(index, parsed(bytes));
  const isInside = ({ offset, size }: { offset: number; size: number }): boolean => offset + size <= trailer.offset;
  if (!success || ![...output.files, ...output.packages].every(isInside)) throw damaged("its index");
  return output;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function damaged(what: string): SlothError {
  return new SlothError("E_BUNDLE", `this bundle is damaged: ${what} is not what was packed; nothing was run`, {
    hint: "copy it again from where it was made",
  });
}
