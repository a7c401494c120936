import { resolve } from "node:path";
import { SlothError } from "../../base/errors.ts";
import { utf8Text } from "../../base/byte-text.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { openLeaf } from "../../secrets/leaf.ts";
import { leavesIn } from "../../secrets/document.ts";
import { isValues } from "./tree.ts";
import { readValues } from "./values-text.ts";
import type { Workplace } from "./workplace.ts";

/**
 * A file as git is to compare it: a digest in the place of each secret, which is another one only when the secret is, or with `clear` what it
 * holds. The digests are keyed with the identity, so that nobody finds a short secret by them.
 */
export async function comparable(file: string, clear: boolean, place: Workplace): Promise<string> {
  const bytes = place.system.readFile(resolve(file));
  const shown = (open: () => Promise<Uint8Array>): Promise<string> => shownSecret(open, clear, place);
  if (isAgeFile(bytes)) return `${await shown(() => place.keys.open(bytes))}\n`;
  const text = utf8Text(bytes);
  if (!isValues(file) && !text.includes("age:YWdl")) return text;
  let compared = text;
  for (const { path, text: leaf } of leavesIn((await readValues(file, bytes)).value)) {
    const now = await shown(() => openLeaf(path, leaf, place.keys));
    compared = compared.replace(leaf, () => now);
  }
  return compared;
}

async function shownSecret(open: () => Promise<Uint8Array>, clear: boolean, { keys }: Workplace): Promise<string> {
  try {
    const bytes = await open();
    return clear ? utf8Text(bytes) : `(secret ${await keys.mark(bytes)})`;
  } catch (error) {
    if (error instanceof SlothError) return `(secret, ${error.message.replace(/^.* cannot be opened: /, "")})`;
    throw error;
  }
}
