import { array, literal, nullable, number, object, parse, pipe, regex, string, type InferOutput } from "valibot";
import { digestOf } from "../base/digest.ts";
import { SlothError } from "../base/errors.ts";
import { MAGIC, TRAILER_LENGTH, type Trailer } from "./trailer.ts";

const digest = pipe(string(), regex(/^sha256:[0-9a-f]{64}$/));
/** Where contents lie in the file, and what they must be. */
const packed = object({ path: string(), mode: number(), size: number(), offset: number(), digest });

const index = object({
  format: literal(1),
  version: string(),
  target: string(),
  stack: string(),
  /** Absolute, as all paths here: where things were on the machine that made the bundle. */
  workflow: string(),
  directory: string(),
  values: nullable(string()),
  inventory: nullable(string()),
  files: array(packed),
  directories: array(string()),
  links: array(object({ path: string(), to: string() })),
  /** By file name. */
  packages: array(packed),
});

export type Index = Readonly<InferOutput<typeof index>>;
export type Packed = Readonly<InferOutput<typeof packed>>;

export function writeIndex(contents: Index): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(contents));
}

export function writeTrailer(contents: Uint8Array, offset: number): Uint8Array {
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.write(MAGIC, 0, "latin1");
  trailer.writeBigUInt64LE(BigInt(offset), 16);
  trailer.writeBigUInt64LE(BigInt(contents.length), 24);
  trailer.write(digestOf(contents).slice("sha256:".length), 32, "hex");
  return trailer;
}

export function readIndex(bytes: Uint8Array, trailer: Trailer): Index {
  if (digestOf(bytes) !== trailer.digest) throw damaged("its index");
  return parse(index, JSON.parse(new TextDecoder().decode(bytes)));
}

export function damaged(what: string): SlothError {
  return new SlothError("E_BUNDLE", `this bundle is damaged: ${what} is not what was packed; nothing was run`, {
    hint: "copy it again from where it was made",
  });
}
