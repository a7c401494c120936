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
  /** What is only asked about. */
  readonly seen: readonly Seen[];
}

interface Seen {
  readonly path: string;
  readonly directory: boolean;
}

/** Paths by what the workflow looks at them for. */
export interface Sought {
  readonly contents: Iterable<string>;
  readonly presence: Iterable<string>;
  readonly secret: ReadonlySet<string>;
}

/**
 * What lies at these paths: files, and directories with all that is below them. A link is what it leads to, as `copy` takes it; one that
 * leads nowhere, or back up, stays a link. A file that is read as a secret, by whatever name, is refused.
 */
export async function collect(sought: Sought, system: ReadSystem): Promise<Collection> {
  const secret = new Set([...sought.secret].map((path) => system.realPath(path)));
  const files = new Map<string, Item>();
  const directories = new Set<string>();
  const links = new Map<string, string>();
  /** `within`: the real paths of the directories on the way. */
  const visit = async (path: string, within: readonly string[] = []): Promise<void> => {
    const stat = system.stat(path);
    const real = system.realPath(path) ?? path;
    if (secret.has(real)) throw secretInside(path);
    if (stat?.type === "file" && !files.has(path)) files.set(path, await itemOf(path, path, system));
    else if (system.lstat(path)?.type === "link" && (stat === null || within.includes(real)))
      links.set(path, system.readLink(path));
    if (stat?.type !== "directory" || directories.has(path) || links.has(path)) return;
    directories.add(path);
    const below = system.list(path).map((name) => joined(path, name));
    for (const one of below) await visit(one, [...within, real]);
  };
  for (const path of sought.contents) await visit(path);
  return {
    files: sorted(files.values()),
    directories: [...directories].sort(),
    links: [...links].map(([path, to]) => ({ path, to })),
    seen: seenAt(sought.presence, system),
  };
}

/** Each that is there, and the names in each that is a directory. */
function seenAt(paths: Iterable<string>, system: ReadSystem): readonly Seen[] {
  const seen = new Map<string, boolean>();
  for (const path of paths) {
    if (system.lstat(path) === null) continue;
    const directory = system.stat(path)?.type === "directory";
    seen.set(path, directory);
    for (const below of directory ? system.list(path).map((name) => joined(path, name)) : [])
      seen.set(below, seen.get(below) ?? system.stat(below)?.type === "directory");
  }
  return [...seen].map(([path, directory]) => ({ path, directory })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function secretInside(path: string): SlothError {
  return new SlothError(
    "E_BUNDLE",
    `${path} is read by secret.file and as a plain file too; a bundle would carry it in clear`,
    {
      hint: "keep it outside of what is copied, templated or named with --file",
    },
  );
}

function joined(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
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
