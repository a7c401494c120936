import { parentOf } from "../../base/path.ts";
import * as change from "./change.ts";
import * as contents from "./read-contents.ts";
import { type BaseLooks, type Files } from "./files.ts";
import * as look from "./look.ts";
import { removeTree } from "./remove-tree.ts";
import { removeLeftovers } from "./temporary.ts";
import { writeFile } from "./write-file.ts";
import { Written } from "./written.ts";

/** For looking only. */
export const realLooks: BaseLooks = {
  lstat: look.lstat,
  stat: look.stat,
  readLink: look.readLink,
  realPath: look.realPath,
  list: look.list,
  refused: look.refused,
  readFile: contents.readFile,
  stream: contents.stream,
  digest: contents.digest,
};

/** The files of this machine. `touched` hears of each directory in which a name was made, moved or removed. */
export function realFiles(umask: number, touched: (directory: string) => void): Files {
  const swept = new Set<string>();
  const written = new Written();
  /** Once a run: whatever a killed one left there goes before something is made. */
  const sweep = (directory: string): void => {
    if (swept.has(directory)) return;
    swept.add(directory);
    removeLeftovers(directory);
  };
  const make = (path: string, action: () => void): void => {
    sweep(parentOf(path));
    action();
    touched(parentOf(path));
  };
  return {
    ...realLooks,
    digest: (path, key, signal) => written.find(path, key) ?? contents.digest(path, key, signal),
    chmod: change.chmod,
    chown: change.chown,
    utimes: change.utimes,
    mkdir: (path, attributes) => make(path, () => change.mkdir(path, attributes, umask)),
    symlink: (target, path) => make(path, () => change.symlink(target, path)),
    hardlink: (existing, path) => make(path, () => change.hardlink(existing, path)),
    unlink: (path) => {
      change.unlink(path);
      touched(parentOf(path));
    },
    rename: (from, to) => {
      change.rename(from, to);
      touched(parentOf(from));
      touched(parentOf(to));
    },
    writeFile: async (path, pieces, request) => {
      sweep(parentOf(path));
      await writeFile(path, pieces, request, umask);
      written.note(path, request.digest);
      touched(parentOf(path));
    },
    removeTree: async (path, signal) => {
      await removeTree(path, signal);
      touched(parentOf(path));
    },
  };
}
