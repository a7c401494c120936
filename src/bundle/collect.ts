import { basename } from "node:path";
import type { Digest } from "../base/digest.ts";
import { SlothError } from "../base/errors.ts";
import type { ReadSystem } from "../system/system.ts";

/** One file to be packed. */
export interface Item {
  /** Where it is now. */
  readonly from: string;
  /** What it will be known by. */
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly digest: Digest;
}

export interface Collection {
  readonly files: readonly Item[];
  readonly directories: readonly string[];
  readonly links: readonly { readonly path: string; readonly to: string }[];
}

/**
 * What lies at these paths: files, and directories with all that is below them. A link is what it leads to, as `copy` takes it; one that
 * leads nowhere, or back up, stays a link.
 */
export async function collect(paths: Iterable<string>, system: ReadSystem): Promise<Collection> {
  const files = new Map<string, Item>();
  const directories = new Set<string>();
  const links = new Map<string, string>();
  /** `within`: the real paths of the directories on the way. */
  const visit = async (path: string, within: readonly string[] = []): Promise<void> => {
    const stat = system.stat(path);
    const real = system.realPath(path) ?? path;
    if (stat?.type === "file" && !files.has(path)) files.set(path, await itemOf(path, path, system));
    else if (system.lstat(path)?.type === "link" && (stat === null || within.includes(real)))
      links.set(path, system.readLink(path));
    if (stat?.type !== "directory" || directories.has(path) || links.has(path)) return;
    directories.add(path);
    const below = system.list(path).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
    for (const one of below) await visit(one, [...within, real]);
  };
  for (const path of paths) await visit(path);
  return {
    files: sorted(files.values()),
    directories: [...directories].sort(),
    links: [...links].map(([path, to]) => ({ path, to })),
  };
}

/** Package files, known by their names. */
export async function collectPackages(paths: readonly string[], system: ReadSystem): Promise<readonly Item[]> {
  const other = paths.find((path) => !path.endsWith(".deb"));
  if (other !== undefined)
    throw new SlothError("E_BUNDLE", `${other} is not a .deb file`, {
      hint: "apt alone can be told of packages without a change to the machine's own sources",
    });
  const items = await Promise.all(paths.map((path) => itemOf(path, basename(path), system)));
  const twice = items.find(({ path }, index) => items.findIndex((other) => other.path === path) !== index);
  if (twice !== undefined) throw new SlothError("E_BUNDLE", `two packages are called ${twice.path}`);
  return sorted(items);
}

async function itemOf(from: string, path: string, system: ReadSystem): Promise<Item> {
  const stat = system.stat(from);
  if (stat === null) throw new SlothError("E_NOT_FOUND", `${from} is not there`);
  return { from, path, mode: stat.mode & 0o777, size: stat.size, digest: await system.digest(from) };
}

/** Always in the same order, so that the same things make the same bundle. */
function sorted(items: Iterable<Item>): readonly Item[] {
  return [...items].sort((a, b) => (a.path < b.path ? -1 : 1));
}
