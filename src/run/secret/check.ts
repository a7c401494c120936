import { SlothError } from "../../base/errors.ts";
import { utf8Text } from "../../base/byte-text.ts";
import { headerOf, isFor, type Header } from "../../secrets/age.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { plainIn, type Text } from "../../secrets/document.ts";
import { leafHeader, openLeaf } from "../../secrets/leaf.ts";
import { isLeaf, pathText } from "../../secrets/leaf-text.ts";
import type { Reader } from "../../secrets/reader.ts";
import { parsePatterns, SECRET_KEYS_FILE, type Pattern } from "../../secrets/secret-keys.ts";
import { filesBelow, holdsLeaf, isValues } from "./tree.ts";
import { readValues } from "./values-text.ts";
import { contentsIn, readershipAt, type Workplace } from "./workplace.ts";

interface Finding {
  readonly file: string;
  /** null: the whole file. */
  readonly key: string | null;
  readonly problem: string;
}

export interface Checked {
  readonly files: number;
  readonly secrets: number;
  readonly findings: readonly Finding[];
}

/**
 * Whether every secret below the file of readers is for just those, and nothing is in clear whose key says that it is secret. Nothing is opened, so no
 * identity is needed, unless `opens`: then it is opened too, and must be in its place.
 */
export async function checkSecrets(directory: string, opens: boolean, place: Workplace): Promise<Checked> {
  const { system } = place;
  const { directory: top, readers } = readershipAt(directory, system);
  const keysFile = contentsIn(`${top}/${SECRET_KEYS_FILE}`, system);
  const patterns = keysFile === undefined ? [] : parsePatterns(utf8Text(keysFile));
  const work: Work = { readers, patterns, opens, place };
  const all = { files: 0, secrets: 0, findings: new Array<Finding>() };
  for (const { name, path } of filesBelow(top, system)) {
    const { secrets, findings } = await checkFile(name, system.readFile(path), work);
    all.files += secrets > 0 ? 1 : 0;
    all.secrets += secrets;
    all.findings.push(...findings);
  }
  return all;
}

interface Work {
  readonly readers: readonly Reader[];
  readonly patterns: readonly Pattern[];
  readonly opens: boolean;
  readonly place: Workplace;
}

type OfFile = Omit<Checked, "files">;

async function checkFile(file: string, bytes: Uint8Array, work: Work): Promise<OfFile> {
  if (isAgeFile(bytes)) {
    const open = () => work.place.keys.open(bytes);
    const problem = await problemOf(() => headerOf(bytes), open, work);
    return { secrets: 1, findings: problem === undefined ? [] : [{ file, key: null, problem }] };
  }
  const texts = await textsOf(file, bytes, work);
  const findings: Finding[] = [];
  for (const text of texts) {
    const problem = isLeaf(text.text) ? await leafProblem(text, work) : clearProblem(file, text, work);
    if (problem !== undefined) findings.push({ file, key: pathText(text.path), problem });
  }
  return { secrets: texts.filter(({ text }) => isLeaf(text)).length, findings };
}

/** Nothing of a file that is no file of values: templates are called `.yaml` too, and texts may be about secrets. */
async function textsOf(file: string, bytes: Uint8Array, { patterns }: Work): Promise<readonly Text[]> {
  const holdsAny = isValues(file) ? Buffer.from(bytes).includes("age:") : holdsLeaf(bytes);
  if (!holdsAny && (patterns.length === 0 || !isValues(file))) return [];
  try {
    return plainIn((await readValues(file, bytes)).value);
  } catch (error) {
    if (!(holdsAny && isValues(file)) && error instanceof SlothError) return [];
    throw error;
  }
}

async function leafProblem({ path, text }: Text, work: Work): Promise<string | undefined> {
  return await problemOf(
    () => leafHeader({ path, text }),
    () => openLeaf(path, text, work.place.keys),
    work,
  );
}

function clearProblem(file: string, { path, text }: Text, { patterns }: Work): string | undefined {
  const pattern = text === "" || !isValues(file) ? undefined : patterns.find((one) => one.matches(path));
  return pattern === undefined ? undefined : `is in clear, and ${SECRET_KEYS_FILE} says that ${pattern.text} is secret`;
}

async function problemOf(
  header: () => Promise<Header>,
  open: () => Promise<Uint8Array>,
  { readers, opens }: Work,
): Promise<string | undefined> {
  try {
    const said = await header();
    if (!isFor(said, readers)) return differences(said, readers);
    if (opens) await open();
    return undefined;
  } catch (error) {
    if (error instanceof SlothError && ["E_SECRET_DAMAGED", "E_SECRET_MOVED", "E_IDENTITY"].includes(error.code))
      return error.cause instanceof SlothError ? error.cause.message : error.message;
    throw error;
  }
}

function differences({ readers: ids, ways }: Header, readers: readonly Reader[]): string {
  const without = readers.filter(({ id, tag }) =>
    ids === undefined ? tag !== undefined && !ways.includes(tag) : !ids.includes(id),
  );
  if (without.length > 0) return `is not for ${without.map(({ name }) => name).join(", ")}`;
  if (ids === undefined) return "does not say for whom it is: age itself made it";
  return ids.some((id) => !readers.some((reader) => reader.id === id))
    ? "is for somebody who is no reader any more"
    : "says that it is for all readers, and is not";
}
