import { toText } from "../../../base/byte-text.ts";
import type { Member } from "./archive.ts";
import type { Bytes } from "./bytes.ts";
import { damage } from "./damage.ts";

/** Zip archives have their list at the end: they are held in memory. */
const LARGEST = 1 << 30;
/** No system takes a longer link. */
const LONGEST_LINK = 4096;

export async function* zipMembers(archive: Bytes): AsyncGenerator<Member> {
  const { fromBufferPromise } = await import("yauzl");
  const all = await whole(archive, LARGEST, "a zip archive of more than 1 GiB");
  const zip = await fromBufferPromise(all, { decodeStrings: false, validateEntrySizes: true });
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw damage("it is encrypted");
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
      target: type === "link" ? toText(await whole(contents, LONGEST_LINK, "a link of more than 4096 bytes")) : "",
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

async function whole(bytes: Bytes, most: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw damage(`${what} is not supported`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
