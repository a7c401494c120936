import { SlothError } from "../base/errors.ts";
import type { SourceUse } from "../engine/resource.ts";
import type { System } from "../system/system.ts";
import type { Bundle } from "./bundle.ts";
import { damaged, type Index, type Packed } from "./format.ts";
import { privateDirectory } from "./private-directory.ts";

/** A bundle's contents on the disk, checked. */
export interface Unpacked {
  readonly index: Index;
  /** Directory of the packages; null when there are none. */
  readonly packages: string | null;
  /** Where a path of the machine that made the bundle is now; itself when it was not packed. */
  readonly locate: (path: string, use?: SourceUse) => string;
  readonly remove: () => Promise<void>;
}

/** Puts everything into a private directory. Each digest is checked before it answers; a difference is an error that names the file. */
export async function unpack(bundle: Bundle, system: System): Promise<Unpacked> {
  const index = await bundle.index();
  const directory = await privateDirectory(system);
  const remove = (): Promise<void> => system.removeTree(directory);
  try {
    await unpackFiles(bundle, index, `${directory}/files`, system);
    await unpackSeen(index, `${directory}/seen`, system);
    const packages = index.packages.length === 0 ? null : `${directory}/packages`;
    if (packages !== null) system.mkdir(packages, { mode: 0o755 });
    for (const one of index.packages) await unpackFile(bundle, one, `${packages}/${one.path}`, 0o644, system);
    return { index, packages, locate: locator(index, directory), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function locator(index: Index, directory: string): Unpacked["locate"] {
  const root = `${directory}/files`;
  const known = new Set([index.directory, ...index.directories, ...index.files.map(({ path }) => path)]);
  const seen = new Set(index.seen.map(({ path }) => path));
  return (given, use = "contents") => {
    // A relative path starts at the workflow, which is below `root` by now.
    const path = given.startsWith(`${root}/`) ? given.slice(root.length) : given;
    if (use === "secret") return path;
    if (use === "presence" && seen.has(path)) return `${directory}/seen${path}`;
    return known.has(path) ? `${root}${path}` : given;
  };
}

async function unpackFiles(bundle: Bundle, index: Index, root: string, system: System): Promise<void> {
  const makeDirectory = directoryMaker(root, system);
  for (const path of [index.directory, ...index.directories]) makeDirectory(`${root}${path === "/" ? "" : path}`);
  for (const file of index.files) {
    makeDirectory(`${root}${parentOf(file.path)}`);
    await unpackFile(bundle, file, `${root}${file.path}`, file.mode, system);
  }
  for (const { path, to } of index.links) system.symlink(to, `${root}${path}`);
}

/** Empty, and apart from what has contents: whoever reads one of them reads nothing that was not packed. */
async function unpackSeen({ seen }: Index, root: string, system: System): Promise<void> {
  const makeDirectory = directoryMaker(root, system);
  for (const { path, directory } of seen) {
    makeDirectory(`${root}${directory ? path : parentOf(path)}`);
    if (!directory) await system.writeFile(`${root}${path}`, new Uint8Array(), { mode: 0o600 });
  }
}

/** Makes a directory below `root`, with those on the way. */
function directoryMaker(root: string, system: System): (path: string) => void {
  const made = new Set<string>();
  const make = (path: string): void => {
    if (made.has(path)) return;
    made.add(path);
    if (path.length > root.length) make(parentOf(path));
    system.mkdir(path, { mode: 0o755 });
  };
  make(root);
  return make;
}

async function unpackFile(bundle: Bundle, packed: Packed, path: string, mode: number, system: System): Promise<void> {
  try {
    await system.writeFile(path, bundle.contents(packed), { mode, digest: packed.digest });
  } catch (error) {
    throw error instanceof SlothError && error.code === "E_SOURCE_CHANGED" ? damaged(packed.path) : error;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
