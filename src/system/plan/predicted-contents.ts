import { digestOf, digester, isKeyed, type Digest } from "../../base/digest.ts";
import type { WriteRequest } from "../files/files.ts";
import type { Contents } from "../system.ts";

/** More than this is read for its digest and not kept. */
const KEPT_LIMIT = 8 << 20;

/** Contents that a plan would write. */
export interface PredictedContents {
  readonly size: number;
  /** null: too large to keep. */
  readonly bytes: Uint8Array | null;
  readonly digest: Digest;
  /** Under the key of its host; when the bytes are not kept, they cannot be digested again. */
  readonly keyed: Digest | null;
}

export async function predictContents(
  contents: Contents,
  { key, signal }: Pick<WriteRequest, "key" | "signal">,
): Promise<PredictedContents> {
  if (contents instanceof Uint8Array) return kept(contents);
  const plain = digester();
  const keyed = key === undefined ? null : digester(key);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of contents) {
    signal.throwIfAborted();
    size += piece.length;
    plain.update(piece);
    keyed?.update(piece);
    if (size <= KEPT_LIMIT) pieces.push(piece);
    else pieces.length = 0;
  }
  if (size <= KEPT_LIMIT) return kept(Buffer.concat(pieces));
  return { size, bytes: null, digest: plain.finish(), keyed: keyed?.finish() ?? null };
}

export function digestOfPredicted(contents: PredictedContents, key: Uint8Array | undefined): Digest | null {
  if (key === undefined) return contents.digest;
  return contents.bytes === null ? contents.keyed : digestOf(contents.bytes, key);
}

export function isAsAnnounced(contents: PredictedContents, expected: Digest, key: Uint8Array | undefined): boolean {
  return digestOfPredicted(contents, isKeyed(expected) ? key : undefined) === expected;
}

function kept(bytes: Uint8Array): PredictedContents {
  return { size: bytes.length, bytes, digest: digestOf(bytes), keyed: null };
}
