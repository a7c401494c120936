import type { Member } from "./archive.ts";
import { ByteReader, type Bytes } from "./bytes.ts";
import { damage } from "./damage.ts";
import { filled, gnuSparse, paxSparse } from "./sparse.ts";
import { BLOCK, readHeader, readPax, sizeOf, textAt, type TarHeader } from "./tar-header.ts";

/** A name, or what a pax header says: no file system takes more than a fraction of it. */
const LONGEST_HEADER = 1 << 20;

const TYPES: Readonly<Record<string, Member["type"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  S: "file",
  "5": "directory",
  D: "directory",
  "2": "link",
  "1": "hardlink",
};

type Records = readonly (readonly [key: string, value: string])[];

/** What stands before a header and is about it. */
interface Before {
  readonly pax: Records;
  readonly name?: string;
  readonly target?: string;
}

/** Members of a tar archive as POSIX (ustar, pax) and GNU tar write it. Its contents are passed over unless they are read. */
export async function* tarMembers(archive: Bytes): AsyncGenerator<Member> {
  const reader = new ByteReader(archive);
  let everywhere: Records = [];
  let before: Before = { pax: [] };
  for (;;) {
    const block = await reader.upTo(BLOCK);
    const header = block.length === 0 ? null : readHeader(whole(block));
    if (header === null) break;
    if ("gxXLK".includes(header.type)) {
      const text = await aboutNext(header, reader);
      if (header.type === "g") everywhere = aboutAll([...everywhere, ...readPax(text)]);
      else if (header.type === "L") before = { ...before, name: textAt(text, 0, text.length) };
      else if (header.type === "K") before = { ...before, target: textAt(text, 0, text.length) };
      else before = { ...before, pax: readPax(text) };
      continue;
    }
    const about = { ...before, pax: [...everywhere, ...before.pax] };
    before = { pax: [] };
    if (header.type === "V") await drain(reader.stream(padded(header.size), "a label"));
    else yield* memberOf(header, about, reader);
  }
  // What a compressed archive still has must be whole too.
  await drain(reader.rest());
}

function aboutAll(records: Records): Records {
  if (records.length > 10_000) throw damage("too many global headers in it");
  return records;
}

async function aboutNext({ size }: TarHeader, reader: ByteReader): Promise<Uint8Array> {
  if (size > LONGEST_HEADER) throw damage("a header in it is larger than 1 MiB");
  return (await reader.exactly(padded(size), "a header")).subarray(0, size);
}

async function* memberOf(header: TarHeader, { pax, ...long }: Before, reader: ByteReader): AsyncGenerator<Member> {
  const said = new Map(pax);
  const name = said.get("GNU.sparse.name") ?? said.get("path") ?? long.name ?? header.name;
  const type = typeOf(header, name);
  const size = said.has("size") ? sizeOf(Number(said.get("size"))) : type === "hardlink" ? 0 : header.size;
  const found =
    header.type === "S" ? { sparse: await gnuSparse(header, reader), taken: 0 } : await paxSparse(pax, reader);
  let left = sizeOf(size - (found?.taken ?? 0));
  const stored = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await reader.some(left);
      if (piece === null) throw damage("it ends within a file");
      left -= piece.length;
      yield piece;
    }
  };
  yield {
    name,
    type,
    mode: header.mode,
    mtimeMs: said.has("mtime") ? Number(said.get("mtime")) * 1000 : header.mtimeMs,
    owner: {
      uid: Number(said.get("uid") ?? header.uid),
      gid: Number(said.get("gid") ?? header.gid),
      user: said.get("uname") ?? header.user,
      group: said.get("gname") ?? header.group,
    },
    target: said.get("linkpath") ?? long.target ?? header.target,
    contents: found === null ? stored() : filled(found.sparse, stored()),
  };
  await drain(reader.stream(left + padded(size) - size, "a file"));
}

/** Old programs mark a directory by a slash alone. */
function typeOf({ type }: TarHeader, name: string): Member["type"] {
  const known = TYPES[type] ?? "other";
  return known === "file" && name.endsWith("/") ? "directory" : known;
}

function whole(block: Uint8Array): Uint8Array {
  if (block.length !== BLOCK) throw damage("it ends within a header");
  return block;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

async function drain(bytes: Bytes): Promise<void> {
  for await (const _ of bytes);
}
