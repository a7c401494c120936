import { resolve } from "node:path";
import { ScriptError, SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { printable } from "../../base/printable.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { leavesIn } from "../../secrets/document.ts";
import { openLeaf } from "../../secrets/leaf.ts";
import { pathText } from "../../secrets/leaf-text.ts";
import type { Workplace } from "./workplace.ts";
import { readValues } from "./values-text.ts";

/** What a secret holds; of a whole file where no key is given. */
export async function showSecret(
  { file, key }: { readonly file: string; readonly key: string | undefined },
  { system, keys }: Workplace,
): Promise<Uint8Array> {
  const bytes = system.readFile(resolve(file));
  if (isAgeFile(bytes)) return await named(file, () => keys.open(bytes));
  const leaves = leavesIn((await readValues(file, bytes)).value);
  const names = leaves.map(({ path }) => pathText(path));
  const leaf = leaves[names.indexOf(key ?? "")];
  if (leaf !== undefined) return await named(file, () => openLeaf(leaf.path, leaf.text, keys));
  const hint = key === undefined ? undefined : didYouMean(key, names);
  throw new SlothError(
    "E_VALUES",
    `${printable(file)} has no secret ${key === undefined ? "alone: say which" : printable(key)}`,
    {
      hint: hint ?? (names.length === 0 ? "it has none" : `it has ${names.slice(0, 20).join(", ")}`),
    },
  );
}

/** Errors with the name of the file they are about. */
export async function named<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SlothError) || cause instanceof ScriptError) throw cause;
    const joint = cause.message.startsWith("is ") ? " " : ": ";
    throw new SlothError(cause.code, `${printable(file)}${joint}${cause.message}`, { hint: cause.hint, cause });
  }
}
