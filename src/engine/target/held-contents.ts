import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { digestOf, digester, hostKey, isKeyed, type Digest } from "../../base/digest.ts";
import type { Inputs } from "../resource.ts";

const PIECE = 1 << 20;

/**
 * Contents that calls hold for their targets, by digest: bytes at hand, or a file that is read when it is asked for. Counted, so that
 * what a call held is forgotten when the call is over.
 */
export class HeldContents implements Inputs {
  private readonly held: Map<Digest, Held>;
  private readonly key: Uint8Array | undefined;
  private readonly views = new Map<string, HeldContents>();

  /** Whose key keyed digests are made with. */
  readonly host: string;

  constructor(key?: Uint8Array, host = "local", held = new Map<Digest, Held>()) {
    this.key = key;
    this.host = host;
    this.held = held;
  }

  /** The same contents; their keyed digests are made with that host's own key. */
  forHost(host: string): HeldContents {
    if (host === "local" || this.key === undefined) return this;
    const view = this.views.get(host) ?? new HeldContents(hostKey(this.key, host), host, this.held);
    this.views.set(host, view);
    return view;
  }

  holdBytes(bytes: Uint8Array, keyed: boolean): Digest {
    const digest = digestOf(bytes, keyed ? this.needKey() : undefined);
    this.add(digest, bytes, "");
    return digest;
  }

  holdFile(digest: Digest, path: string): void {
    this.add(digest, null, path);
  }

  holdStream(digest: Digest, open: () => AsyncIterable<Uint8Array>): void {
    this.add(digest, null, "", open);
  }

  keyedDigest(contents: Uint8Array | string): Digest {
    return digestOf(contents, this.needKey());
  }

  async keyedDigestOf(stream: AsyncIterable<Uint8Array>): Promise<Digest> {
    const sum = digester(this.needKey());
    for await (const piece of stream) sum.update(piece);
    return sum.finish();
  }

  release(digests: readonly Digest[]): void {
    for (const digest of digests) {
      const entry = this.held.get(digest);
      if (entry !== undefined && --entry.uses === 0) this.held.delete(digest);
    }
  }

  /** With the machine that files are read from. */
  from(source: ReadSystem): Inputs {
    return new InputsFrom(this, source);
  }

  /** Bytes; null where that is not known before they were read. */
  sizeOf(digest: Digest, source: ReadSystem): number | null {
    const entry = this.held.get(digest);
    if (entry === undefined || entry.open !== undefined) return null;
    return entry.bytes?.length ?? source.stat(entry.path)?.size ?? null;
  }

  open(digest: Digest, source?: ReadSystem): AsyncIterable<Uint8Array> {
    const entry = this.held.get(digest);
    if (entry === undefined) throw new SlothError("E_CONTENTS_GONE", `contents ${digest} are not held any more`);
    if (entry.bytes !== null) return pieces(entry.bytes);
    if (entry.open !== undefined) return entry.open();
    if (source === undefined) throw new SlothError("E_CONTENTS_GONE", `nothing to read ${entry.path} with`);
    return source.stream(entry.path);
  }

  /** Whole, and checked. */
  async read(digest: Digest, source?: ReadSystem): Promise<Uint8Array> {
    const bytes = await readAll(this.open(digest, source));
    if (digestOf(bytes, isKeyed(digest) ? this.needKey() : undefined) === digest) return bytes;
    throw new SlothError("E_SOURCE_CHANGED", "the source changed while it was being read", { hint: "run again" });
  }

  private add(digest: Digest, bytes: Held["bytes"], path: string, open?: Held["open"]): void {
    const entry = this.held.get(digest);
    if (entry === undefined) this.held.set(digest, { bytes, path, open, uses: 1 });
    else entry.uses++;
  }

  private needKey(): Uint8Array {
    if (this.key === undefined)
      throw new SlothError("E_NO_KEY", "there is no key for sensitive values beside the database");
    return this.key;
  }
}

interface Held {
  readonly bytes: Uint8Array | null;
  readonly path: string;
  /** Where they are elsewhere. */
  readonly open: (() => AsyncIterable<Uint8Array>) | undefined;
  uses: number;
}

class InputsFrom implements Inputs {
  private readonly held: HeldContents;
  private readonly source: ReadSystem;

  constructor(held: HeldContents, source: ReadSystem) {
    this.held = held;
    this.source = source;
  }

  open(digest: Digest): AsyncIterable<Uint8Array> {
    return this.held.open(digest, this.source);
  }

  read(digest: Digest): Promise<Uint8Array> {
    return this.held.read(digest, this.source);
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
