import * as change from "./change.ts";
import * as contents from "./contents.ts";
import { parentOf, type BaseLooks, type Files } from "./files.ts";
import * as look from "./look.ts";
import { removeTree } from "./remove-tree.ts";
import { removeLeftovers } from "./temporary.ts";
import { writeFile } from "./write-file.ts";

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
  const inParent = (path: string, action: () => void): void => {
    action();
    touched(parentOf(path));
  };
  const swept = new Set<string>();
  const sweepOnce = (directory: string): void => {
    if (swept.has(directory)) return;
    swept.add(directory);
    removeLeftovers(directory);
  };
  return {
    ...realLooks,
    chmod: change.chmod,
    chown: change.chown,
    utimes: change.utimes,
    mkdir: (path, attributes) => inParent(path, () => change.mkdir(path, attributes, umask)),
    symlink: (target, path) => inParent(path, () => change.symlink(target, path)),
    hardlink: (existing, path) => inParent(path, () => change.hardlink(existing, path)),
    unlink: (path) => inParent(path, () => change.unlink(path)),
    rename: (from, to) => {
      change.rename(from, to);
      touched(parentOf(from));
      touched(parentOf(to));
    },
    writeFile: async (path, pieces, request) => {
      sweepOnce(parentOf(path));
      await writeFile(path, pieces, request, umask);
      touched(parentOf(path));
    },
    removeTree: async (path, signal) => {
      await removeTree(path, signal);
      touched(parentOf(path));
    },
  };
}
