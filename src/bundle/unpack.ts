import { SlothError } from "../base/errors.ts";
import type { System } from "../system/system.ts";
import type { Bundle } from "./bundle.ts";
import { damaged, type Index, type Packed } from "./format.ts";

/** A bundle's contents on the disk, checked. */
export interface Unpacked {
  readonly index: Index;
  /** Directory of the packages; null when there are none. */
  readonly packages: string | null;
  /** Where a path of the machine that made the bundle is now; itself when it was not packed. */
  readonly locate: (path: string) => string;
  readonly remove: () => Promise<void>;
}

/** Puts everything into a private directory. Each digest is checked before it answers; a difference is an error that names the file. */
export async function unpack(bundle: Bundle, system: System): Promise<Unpacked> {
  const index = await bundle.index();
  const directory = privateDirectory(system);
  const remove = (): Promise<void> => system.removeTree(directory);
  try {
    await unpackFiles(bundle, index, `${directory}/files`, system);
    const packages = index.packages.length === 0 ? null : `${directory}/packages`;
    if (packages !== null) system.mkdir(packages, { mode: 0o755 });
    for (const one of index.packages) await unpackFile(bundle, one, `${packages}/${one.path}`, 0o644, system);
    const known = new Set([index.directory, ...index.directories, ...index.files.map(({ path }) => path)]);
    return { index, packages, locate: (path) => (known.has(path) ? `${directory}/files${path}` : path), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function unpackFiles(bundle: Bundle, index: Index, root: string, system: System): Promise<void> {
  const made = new Set<string>();
  const makeDirectory = (path: string): void => {
    if (made.has(path)) return;
    made.add(path);
    if (path.length > root.length) makeDirectory(path.slice(0, path.lastIndexOf("/")));
    system.mkdir(path, { mode: 0o755 });
  };
  makeDirectory(root);
  for (const path of [index.directory, ...index.directories]) makeDirectory(`${root}${path === "/" ? "" : path}`);
  for (const file of index.files) {
    makeDirectory(`${root}${file.path.slice(0, file.path.lastIndexOf("/"))}`);
    await unpackFile(bundle, file, `${root}${file.path}`, file.mode, system);
  }
  for (const { path, to } of index.links) system.symlink(to, `${root}${path}`);
}

async function unpackFile(bundle: Bundle, packed: Packed, path: string, mode: number, system: System): Promise<void> {
  try {
    await system.writeFile(path, bundle.contents(packed), { mode, digest: packed.digest as `sha256:${string}` });
  } catch (error) {
    throw error instanceof SlothError && error.code === "E_SOURCE_CHANGED" ? damaged(packed.path) : error;
  }
}

/** In the first place where one can be made: nothing here has to be executable or large. */
function privateDirectory(system: System): string {
  const places = [system.env("TMPDIR"), "/tmp", "/var/tmp", "/run", "/dev/shm"].filter((place) => place !== undefined);
  const name = `sloth-runner-${crypto.randomUUID()}`;
  let refused: unknown;
  for (const place of places) {
    try {
      system.mkdir(`${place}/${name}`, { mode: 0o700 });
      return `${place}/${name}`;
    } catch (error) {
      refused = error;
    }
  }
  throw new SlothError(
    "E_BUNDLE",
    `a bundle needs a place for its files, and none of ${places.join(", ")} is writable`,
    {
      hint: "set TMPDIR to a directory that is",
      cause: refused,
    },
  );
}
