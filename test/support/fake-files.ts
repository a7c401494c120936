import { digestOf } from "../../src/base/digest.ts";
import type { BaseLooks } from "../../src/system/files/files.ts";
import { PathLook } from "../../src/system/plan/path-place.ts";
import type { Credentials } from "../../src/system/files/permissions.ts";
import { Errno, attempt } from "../../src/system/system-error.ts";
import type { FileStat } from "../../src/system/system.ts";

/**
 * Files by path; their directories are there by themselves. All is root's, 0644 and 0755. A function is asked each time, for what the kernel
 * makes up below /proc.
 */
export type FakeFiles = { readonly [path: string]: string | Uint8Array | (() => string) };

/** A machine with these files and nothing else, to look at. Changes are for an overlay over it. */
export function fakeLooks(files: FakeFiles, who: Credentials): BaseLooks {
  const bytes = (given: FakeFiles[string]): Buffer => Buffer.from(typeof given === "function" ? given() : given);
  const contents = new Map(Object.entries(files));
  const directories = new Set(["/", ...[...contents.keys()].flatMap(parentsOf)]);
  const inodes = [...directories, ...contents.keys()];
  const lstat = (path: string): FileStat | null => {
    const given = contents.get(path);
    const size = given === undefined ? undefined : bytes(given).length;
    if (size === undefined && !directories.has(path)) return null;
    const own = size === undefined ? DIRECTORY : { ...FILE, size };
    return { ...COMMON, ...own, ino: inodes.indexOf(path) + 1 };
  };
  const readFile = (path: string): Uint8Array =>
    attempt("read", path, () => {
      if (directories.has(path)) throw new Errno("EISDIR");
      return bytes(contents.get(path) ?? absent());
    });
  const looks: Omit<BaseLooks, "look"> = {
    lstat,
    stat: lstat,
    readLink: (path) => attempt("read the link", path, () => (lstat(path) === null ? absent() : notALink())),
    realPath: (path) => (lstat(path) === null ? null : path),
    list: (path) => {
      const inside = path === "/" ? "/" : `${path}/`;
      const below = inodes.filter((each) => each.startsWith(inside) && each !== path);
      return [...new Set(below.map((each) => each.slice(inside.length).split("/")[0] ?? ""))].sort();
    },
    readFile,
    stream: async function* (path) {
      await Promise.resolve();
      yield readFile(path);
    },
    digest: (path, key) => digestOf(readFile(path), key),
    refused: () => (who.euid === 0 ? null : "EACCES"),
  };
  return { ...looks, look: (path) => new PathLook(looks, path) };
}

const COMMON = { uid: 0, gid: 0, mtimeMs: 0, atimeMs: 0, ctimeMs: 0, dev: 1, nlink: 1 } as const;
const DIRECTORY = { type: "directory", mode: 0o755, size: 0 } as const;
const FILE = { type: "file", mode: 0o644 } as const;

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

function absent(): never {
  throw new Errno("ENOENT");
}

function notALink(): never {
  throw new Errno("ENOTLINK");
}
