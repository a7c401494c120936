import { toText } from "../../base/byte-text.ts";
import { SlothError, toError } from "../../base/errors.ts";

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
  readonly contents: AsyncIterable<Uint8Array>;
}

type Bytes = AsyncIterable<Uint8Array>;

/** Zip archives have their list at the end: they are held in memory. */
const ZIP_LIMIT = 1 << 30;

/** The members of a tar archive, plain or compressed (gzip, xz, zstd, bzip2), or of a zip archive: told by its first bytes. */
export async function* readArchive(archive: Bytes, name: string): AsyncGenerator<Member> {
  try {
    const { first, all } = await peeked(archive);
    if (isZip(first)) yield* zipMembers(await whole(all));
    else yield* tarMembers(await decompressed(first, all));
  } catch (error) {
    if (error instanceof SlothError) throw error;
    throw new SlothError("E_ARCHIVE", `${name} cannot be unpacked: ${toError(error).message}`, { cause: error });
  }
}

async function peeked(archive: Bytes): Promise<{ readonly first: Uint8Array; readonly all: Bytes }> {
  const chunks = archive[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array();
  while (first.length < 6) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    first = Buffer.concat([first, value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { first, all: all() };
}

function begins(bytes: Uint8Array, ...magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function isZip(first: Uint8Array): boolean {
  return begins(first, 0x50, 0x4b, 3, 4) || begins(first, 0x50, 0x4b, 5, 6);
}

async function decompressed(first: Uint8Array, archive: Bytes): Promise<Bytes> {
  const filter = await filterFor(first);
  if (filter !== undefined) return through(archive, filter);
  if (begins(first, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) {
    const { XzReadableStream } = await import("xz-decompress");
    return new XzReadableStream(toWebStream(archive));
  }
  return archive;
}

async function filterFor(first: Uint8Array): Promise<NodeJS.ReadWriteStream | undefined> {
  if (begins(first, 0x1f, 0x8b)) return (await import("node:zlib")).createGunzip();
  if (begins(first, 0x28, 0xb5, 0x2f, 0xfd)) return (await import("node:zlib")).createZstdDecompress();
  if (begins(first, 0x42, 0x5a, 0x68)) return (await import("unbzip2-stream")).default();
  return undefined;
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

async function* chunksOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
}

const TAR_TYPES: Readonly<Record<string, Member["type"]>> = {
  file: "file",
  "contiguous-file": "file",
  directory: "directory",
  symlink: "link",
  link: "hardlink",
};

async function* tarMembers(archive: Bytes): AsyncGenerator<Member> {
  const { Readable, pipeline } = await import("node:stream");
  const { extract } = await import("tar-stream");
  // Names are bytes: as latin-1 none is lost. A pax header's are UTF-8 and come decoded.
  const options: object = { filenameEncoding: "latin1", allowUnknownFormat: true };
  const entries = extract(options);
  pipeline(Readable.from(archive), entries, () => undefined);
  for await (const entry of entries) {
    const { header } = entry;
    const pax = paxOf(header);
    const sparse = Object.keys(pax).some((key) => key.startsWith("GNU.sparse"));
    yield {
      name: pax["path"] ?? fromLatin1(header.name),
      type: sparse ? "other" : (TAR_TYPES[header.type ?? ""] ?? "other"),
      mode: (header.mode ?? 0o644) & 0o7777,
      mtimeMs: header.mtime?.getTime() ?? 0,
      owner: { uid: header.uid ?? 0, gid: header.gid ?? 0, user: header.uname ?? "", group: header.gname ?? "" },
      target: pax["linkpath"] ?? fromLatin1(header.linkname ?? ""),
      contents: chunksOf(entry),
    };
    entry.resume();
  }
}

function paxOf(header: object): { readonly [key: string]: string } {
  const pax: unknown = Reflect.get(header, "pax");
  return typeof pax === "object" && pax !== null
    ? Object.fromEntries(Object.entries(pax).map(([key, value]) => [key, String(value)]))
    : {};
}

function fromLatin1(text: string): string {
  return toText(Buffer.from(text, "latin1"));
}

async function* zipMembers(archive: Buffer): AsyncGenerator<Member> {
  const { fromBufferPromise } = await import("yauzl");
  const zip = await fromBufferPromise(archive, { decodeStrings: false, validateEntrySizes: true });
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new Error("it is encrypted");
    const name = toText(Buffer.from(entry.fileNameRaw));
    const unix = entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
    const type = zipType(name, unix);
    const contents = await zip.openReadStreamPromise(entry);
    yield {
      name,
      type,
      mode: unix === 0 ? (type === "directory" ? 0o755 : 0o644) : unix & 0o7777,
      mtimeMs: entry.getLastModDate().getTime(),
      owner: null,
      target: type === "link" ? toText(await whole(contents)) : "",
      contents: type === "file" ? contents : none(),
    };
    contents.destroy();
  }
}

function zipType(name: string, unix: number): Member["type"] {
  if (name.endsWith("/")) return "directory";
  const format = unix & 0o170000;
  if (format === 0 || format === 0o100000) return "file";
  if (format === 0o120000) return "link";
  return format === 0o040000 ? "directory" : "other";
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function whole(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > ZIP_LIMIT) throw new Error("a zip archive larger than 1 GiB is not supported");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
