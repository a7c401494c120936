import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { printable } from "../../base/printable.ts";
import { encryptTo, headerOf, isFor, type Header } from "../../secrets/age.ts";
import { leafHeader, openLeaf, sealLeaf } from "../../secrets/leaf.ts";
import { pathText } from "../../secrets/leaf-text.ts";
import { parseReaders, withoutReader } from "../../secrets/readers-file.ts";
import type { Reader } from "../../secrets/reader.ts";
import { publicKeyFrom } from "./init.ts";
import { named } from "./show.ts";
import { secretFilesBelow, type SecretFile } from "./tree.ts";
import { editValues } from "./values-text.ts";
import type { System } from "../../system/system.ts";
import { put, readershipAt, type Readership, type Workplace } from "./workplace.ts";

export interface RekeyRequest {
  readonly directory: string;
  /** Who is to read no longer. */
  readonly remove: string | undefined;
  /** `NAME KEY`, or the name and the file of a key, to read from now on. */
  readonly add: readonly string[];
}

export interface Rekeyed {
  /** Files, seen from the directory of the readers, and how many secrets of each were encrypted anew. */
  readonly files: readonly { readonly file: string; readonly secrets: number }[];
  readonly unchanged: number;
  /** What the one removed could read, and knows. */
  readonly exposed: readonly { readonly file: string; readonly key: string | null }[];
}

/**
 * Encrypts all below the file of readers for just those. Everything is opened before anything is written; the file of readers is written first,
 * so that what was cut off is finished by doing it again.
 */
export async function rekey(request: RekeyRequest, place: Workplace): Promise<Rekeyed> {
  const before = readershipAt(request.directory, place.system);
  const after = changed(before, request, place.system);
  const gone = before.readers.filter(({ id }) => !after.readers.some((reader) => reader.id === id));
  const files = await secretFilesBelow(before.directory, place.system);
  const made: Remade[] = [];
  for (const file of files) made.push(await remade(file, { readers: after.readers, gone, place }));
  if (after.text !== before.text) await put(before.file, after.text, place.system);
  for (const { path, contents } of made) if (contents !== undefined) await put(path, contents, place.system);
  return {
    files: made.filter(({ secrets }) => secrets > 0).map(({ file, secrets }) => ({ file, secrets })),
    unchanged: made.reduce((sum, { unchanged }) => sum + unchanged, 0),
    exposed: made.flatMap(({ exposed }) => exposed),
  };
}

function changed(
  before: Readership,
  { remove, add }: RekeyRequest,
  system: System,
): Pick<Readership, "text" | "readers"> {
  const { file, text, readers } = before;
  const names = readers.map(({ name }) => name);
  if (remove !== undefined && !names.includes(remove))
    throw new SlothError("E_RECIPIENT", `${printable(file)} names no ${printable(remove)}`, {
      hint: didYouMean(remove, names) ?? `it names ${[...new Set(names)].join(", ")}`,
    });
  const left = remove === undefined ? text : withoutReader(text, remove);
  const start = left === "" || left.endsWith("\n") ? left : `${left}\n`;
  const now = start + add.map((line) => `${lineOf(line, system)}\n`).join("");
  const after = parseReaders(now, file);
  if (after.length > 0) return { text: now, readers: after };
  throw new SlothError("E_RECIPIENT", `without ${remove ?? "them"} nobody could read`, { hint: "add somebody first" });
}

function lineOf(typed: string, system: System): string {
  const [name = "", ...key] = typed.trim().split(/\s+/);
  return key.length === 0 ? name : `${name} ${publicKeyFrom(key.join(" "), system)}`;
}

interface Work {
  readonly readers: readonly Reader[];
  readonly gone: readonly Reader[];
  readonly place: Workplace;
}

interface Remade {
  readonly file: string;
  readonly path: string;
  readonly contents: Uint8Array | string | undefined;
  readonly secrets: number;
  readonly unchanged: number;
  readonly exposed: Rekeyed["exposed"];
}

async function remade(file: SecretFile, work: Work): Promise<Remade> {
  return await named(file.name, () => (file.leaves === undefined ? remadeWhole(file, work) : remadeLeaves(file, work)));
}

async function remadeWhole({ name, path, bytes }: SecretFile, { readers, gone, place }: Work): Promise<Remade> {
  const header = await headerOf(bytes);
  const exposed = isExposed(header, gone) ? [{ file: name, key: null }] : [];
  if (isFor(header, readers)) return { file: name, path, contents: undefined, secrets: 0, unchanged: 1, exposed };
  const contents = await encryptTo(readers, await place.keys.open(bytes));
  return { file: name, path, contents, secrets: 1, unchanged: 0, exposed };
}

async function remadeLeaves(
  { name, path, bytes, leaves = [] }: SecretFile,
  { readers, gone, place }: Work,
): Promise<Remade> {
  const edits = [];
  const exposed = [];
  for (const leaf of leaves) {
    const header = await leafHeader(leaf);
    if (isExposed(header, gone)) exposed.push({ file: name, key: pathText(leaf.path) });
    if (isFor(header, readers)) continue;
    const value = await openLeaf(leaf.path, leaf.text, place.keys);
    edits.push({ path: leaf.path, text: await sealLeaf(leaf.path, value, readers) });
  }
  const text = Buffer.from(bytes).toString("utf8");
  const contents = edits.length === 0 ? undefined : await editValues(name, text, edits);
  return { file: name, path, contents, secrets: edits.length, unchanged: leaves.length - edits.length, exposed };
}

/** What does not say for whom it is may have been for anybody. */
function isExposed({ readers, ways }: Header, gone: readonly Reader[]): boolean {
  return gone.some(({ id, tag }) =>
    readers === undefined ? tag === undefined || ways.includes(tag) : readers.includes(id),
  );
}
