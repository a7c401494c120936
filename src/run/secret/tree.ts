import { SlothError } from "../../base/errors.ts";
import { joined } from "../../base/path.ts";
import { isAgeFile } from "../../secrets/recognize.ts";
import { leavesIn, type Text } from "../../secrets/document.ts";
import { READERS_FILE } from "../../secrets/readers-file.ts";
import type { System } from "../../system/system.ts";
import { readValues } from "./values-text.ts";

/** A file that holds secrets: as a whole, or at places. */
export interface SecretFile {
  /** Seen from the directory that was searched. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** undefined: the whole file is one. */
  readonly leaves: readonly Text[] | undefined;
}

/** Larger ones are no files of values. */
const LARGEST = 16 << 20;
const PASSED_OVER: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "node_modules"]);

/** Every file below a directory, save what version control keeps for itself and what other readers are named for. Links are not followed. */
export function filesBelow(
  directory: string,
  system: System,
): readonly { readonly name: string; readonly path: string }[] {
  const within = (place: string, prefix: string): readonly { name: string; path: string }[] =>
    system.list(place).flatMap((name) => {
      const path = joined(place, name);
      const stat = system.lstat(path);
      if (stat?.type === "file" && stat.size <= LARGEST) return [{ name: prefix + name, path }];
      if (stat?.type !== "directory" || PASSED_OVER.has(name) || system.lstat(joined(path, READERS_FILE)) !== null)
        return [];
      return within(path, `${prefix}${name}/`);
    });
  return within(directory, "");
}

/** Those that hold secrets. Throws ScriptError where one that does cannot be read as what it is. */
export async function secretFilesBelow(directory: string, system: System): Promise<readonly SecretFile[]> {
  const found: SecretFile[] = [];
  for (const { name, path } of filesBelow(directory, system)) {
    const bytes = system.readFile(path);
    if (isAgeFile(bytes)) found.push({ name, path, bytes, leaves: undefined });
    else if (holdsLeaf(bytes)) found.push({ name, path, bytes, leaves: await leavesOf(name, bytes) });
  }
  return found.filter(({ leaves }) => leaves === undefined || leaves.length > 0);
}

export function isValues(name: string): boolean {
  return /\.(ya?ml|json|toml)$/i.test(name);
}

/** What a leaf begins with stands in it; texts about secrets have that too. */
export function holdsLeaf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes("age:YWdl");
}

/** None of what is no file of values, whatever it is called. */
async function leavesOf(name: string, bytes: Uint8Array): Promise<readonly Text[]> {
  try {
    return leavesIn((await readValues(name, bytes)).value);
  } catch (error) {
    if (error instanceof SlothError && !isValues(name)) return [];
    throw error;
  }
}
