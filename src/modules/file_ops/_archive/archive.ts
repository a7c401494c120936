import { SlothError, toError } from "../../../base/errors.ts";
import { ByteReader, type Bytes } from "./bytes.ts";
import { ArchiveTooLarge, Tally, type Limits } from "./limits.ts";

/** One thing in an archive, as it is written there: nothing of it is checked yet. */
export interface Member {
  readonly name: string;
  /** "link": symbolic. Anything else that an archive may hold (a device, a fifo) is refused by whoever reads it. */
  readonly type: "file" | "directory" | "link" | "hardlink" | "other";
  readonly mode: number;
  readonly mtimeMs: number;
  /** null: the archive does not say. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly user: string; readonly group: string } | null;
  /** Of a link: where it leads. */
  readonly target: string;
  /** Of a file; to be read before the next member is asked for. */
  readonly contents: Bytes;
}

/** An archive to be read: its name for messages, how much it may be, and who may call it off. */
export interface ArchiveOptions {
  readonly name: string;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** The members of a tar archive, plain or compressed (gzip, xz, zstd, bzip2), or of a zip archive: told by its first bytes. */
export async function* readArchive(archive: Bytes, options: ArchiveOptions): AsyncGenerator<Member> {
  const tally = new Tally(options.limits, options.signal);
  const named = <T>(all: AsyncIterable<T>): AsyncGenerator<T> => withName(all, options);
  for await (const member of named(counted(membersOf(archive, tally), tally)))
    yield { ...member, contents: named(member.contents) };
}

async function* counted(members: AsyncIterable<Member>, tally: Tally): AsyncGenerator<Member> {
  for await (const member of members) {
    tally.entry();
    yield member;
  }
}

/** Whatever is wrong with an archive is told with its name, also where a member's contents are read. */
async function* withName<T>(all: AsyncIterable<T>, { name, signal }: ArchiveOptions): AsyncGenerator<T> {
  try {
    yield* all;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ArchiveTooLarge)
      throw new SlothError(error.code, `${name} is not unpacked: it has ${error.message}`, { hint: error.hint });
    if (error instanceof SlothError) throw error;
    throw new SlothError("E_ARCHIVE", `${name} cannot be unpacked: ${toError(error).message}`, { cause: error });
  }
}

async function* membersOf(archive: Bytes, tally: Tally): AsyncGenerator<Member> {
  const reader = new ByteReader(tally.read(archive));
  const first = await reader.upTo(6);
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first;
    yield* reader.rest();
  }
  if (isZip(first)) {
    const { zipMembers } = await import("./zip.ts");
    for await (const member of zipMembers(all())) yield { ...member, contents: tally.unpack(member.contents) };
    return;
  }
  const { tarMembers } = await import("./tar.ts");
  yield* tarMembers(tally.unpack(await decompressed(first, all())));
}

function begins(bytes: Uint8Array, ...magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function isZip(first: Uint8Array): boolean {
  return begins(first, 0x50, 0x4b, 3, 4) || begins(first, 0x50, 0x4b, 5, 6);
}

async function decompressed(first: Uint8Array, archive: Bytes): Promise<Bytes> {
  if (begins(first, 0x1f, 0x8b)) return through(archive, (await import("node:zlib")).createGunzip());
  if (begins(first, 0x28, 0xb5, 0x2f, 0xfd))
    return through(archive, (await import("node:zlib")).createZstdDecompress());
  if (begins(first, 0x42, 0x5a, 0x68)) return (await import("./bzip2.ts")).bunzip2(archive);
  if (begins(first, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) {
    const { XzReadableStream } = await import("xz-decompress");
    return new XzReadableStream(toWebStream(archive));
  }
  return archive;
}

/** A failure of any of the streams reaches whoever reads the last. */
async function through(bytes: Bytes, filter: NodeJS.ReadWriteStream): Promise<Bytes> {
  const { PassThrough, Readable, pipeline } = await import("node:stream");
  const last = new PassThrough();
  pipeline(Readable.from(bytes), filter, last, () => undefined);
  return last;
}

function toWebStream(bytes: Bytes): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
