import { resolve } from "node:path";
import { nameIn, parentOf } from "../../base/path.ts";
import { SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { encryptTo } from "../../secrets/age.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { formatOf, parseDocumentOf, leavesIn, textsIn, type Text } from "../../secrets/document.ts";
import type { Edit } from "../../secrets/edit-text.ts";
import { openLeaf, sealLeaf } from "../../secrets/leaf.ts";
import { pathText } from "../../secrets/leaf-text.ts";
import { clearText, isClear, valueOfClear } from "../../secrets/clear-text.ts";
import type { Reader } from "../../secrets/reader.ts";
import type { System } from "../../system/system.ts";
import { memoryFile } from "../../system/memory-file.ts";
import { GIVEN, runOnTerminal } from "../../system/processes/on-terminal.ts";
import type { Around } from "../around.ts";
import { named } from "./show.ts";
import { editValues, readValues } from "./values-text.ts";
import { contentsIn, put, readershipAt, type Workplace } from "./workplace.ts";

/** What came of it: how many secrets are other ones now. */
export interface Edited {
  readonly changed: boolean;
  readonly secrets: number;
}

/**
 * Lets a person edit what a file holds. In the clear text each secret is `secret:` and its value; what begins so when the editor ends is
 * encrypted, with the text that it had where it is the same. The clear text is in memory only, under no name.
 */
export async function editSecrets(
  file: string,
  editor: readonly string[],
  around: Around,
  place: Workplace,
): Promise<Edited> {
  const path = resolve(file);
  const { readers } = readershipAt(parentOf(path), place.system);
  const bytes = contentsIn(path, place.system) ?? new Uint8Array();
  const isWhole = isAgeFile(bytes) || (bytes.length === 0 && file.endsWith(".age"));
  return isWhole
    ? await editWhole(file, bytes, { readers, editor, around, place })
    : await editLeaves(file, bytes, { readers, editor, around, place });
}

interface Work {
  readonly readers: readonly Reader[];
  readonly editor: readonly string[];
  readonly around: Around;
  readonly place: Workplace;
}

async function editWhole(file: string, bytes: Uint8Array, { readers, editor, place }: Work): Promise<Edited> {
  const before = bytes.length === 0 ? bytes : await named(file, () => place.keys.open(bytes));
  using clear = memoryFile(before);
  await letEdit(editor, clear.descriptor, place.system);
  const after = clear.read();
  if (Buffer.from(after).equals(before)) return { changed: false, secrets: 0 };
  await put(resolve(file), await encryptTo(readers, after), place.system);
  return { changed: true, secrets: 1 };
}

async function editLeaves(file: string, bytes: Uint8Array, work: Work): Promise<Edited> {
  const { place, editor } = work;
  const { text, value } = await readValues(file, bytes);
  const before = await Promise.all(
    leavesIn(value).map(async (leaf) => ({
      ...leaf,
      clear: clearText(await named(file, () => openLeaf(leaf.path, leaf.text, place.keys))),
    })),
  );
  const shown = await editValues(
    file,
    text,
    before.map(({ path, clear }) => ({ path, text: clear })),
  );
  using clear = memoryFile(Buffer.from(shown));
  const texts = await untilReadable(
    file,
    async () => {
      await letEdit(editor, clear.descriptor, place.system);
      return clear.read();
    },
    work,
  );
  if (texts === undefined) return { changed: false, secrets: 0 };
  const edited = Buffer.from(clear.read()).toString("utf8");
  if (edited === shown) return { changed: false, secrets: 0 };
  const edits: Edit[] = [];
  let secrets = 0;
  for (const { path, text: now } of texts.filter((one) => isClear(one.text))) {
    const same = before.find((leaf) => leaf.clear === now && pathText(leaf.path) === pathText(path));
    if (same === undefined) secrets++;
    edits.push({ path, text: same?.text ?? (await sealLeaf(path, valueOfClear(now), work.readers)) });
  }
  await put(resolve(file), await editValues(file, edited, edits), place.system);
  return { changed: true, secrets };
}

/** What was typed wrong is edited again, where there is somebody to ask. undefined: given up. */
async function untilReadable(
  file: string,
  edit: () => Promise<Uint8Array>,
  { around }: Work,
): Promise<readonly Text[] | undefined> {
  for (;;) {
    const bytes = await edit();
    try {
      return textsIn(await parseDocumentOf(Buffer.from(bytes).toString("utf8"), formatOf(file)));
    } catch (error) {
      if (!(error instanceof SlothError)) throw error;
      const answer = await around.ask(`${printable(file)} ${error.message}\nEdit it again? [Y/n] `);
      if (answer === undefined) throw error;
      if (/^n/i.test(answer.trim())) return undefined;
    }
  }
}

async function letEdit(editor: readonly string[], file: number, system: System): Promise<void> {
  const [program, ...words] = editor;
  if (program === undefined) throw new SlothError("E_EDITOR", "no editor is named", { hint: "set EDITOR" });
  const real = system.realPath(system.which(program) ?? program) ?? program;
  const code = await runOnTerminal([program, ...(VIM.test(nameIn(real)) ? NO_TRACES : []), ...words, GIVEN], file);
  if (code !== 0) throw new SlothError("E_EDITOR", `${printable(program)} ended with ${code}; nothing was changed`);
}

/** Vim would keep a swap file under a name, and what was deleted in its history. */
const VIM = /^n?vim(\.\w+)?$/;
const NO_TRACES = ["-n", "-i", "NONE"];
