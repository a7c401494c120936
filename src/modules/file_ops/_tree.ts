import type { FileStat, ReadSystem } from "../../system/system.ts";
import { SlothError } from "../../base/errors.ts";

/** One thing in a tree that is copied. */
export interface TreeEntry {
  /** Relative to the top; "" is the top itself. */
  readonly name: string;
  readonly type: "file" | "directory" | "link";
  /** Where its contents are. */
  readonly path: string;
  /** Of a link that is copied as one. */
  readonly target?: string | undefined;
}

/**
 * All below a directory, parents first, sorted. Links are followed, as Ansible does, but none by which somebody could have what he may
 * not read copied; one that leads nowhere, or back to a directory it lies in, stays a link. What is neither file, directory nor link is refused.
 */
export function sourceTree(source: ReadSystem, top: string): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  using real = source.look(top, { follow: true });
  walk(source, real.path, "", [idOf(real.stat)], entries);
  return entries;
}

function walk(
  source: ReadSystem,
  directory: string,
  prefix: string,
  within: readonly string[],
  out: TreeEntry[],
): void {
  for (const item of source.list(directory)) {
    const path = `${directory}/${item}`;
    const name = prefix + item;
    const stat = source.stat(path);
    const id = idOf(stat);
    if (stat?.type === "file") out.push({ name, type: "file", path });
    else if (stat?.type === "directory" && !within.includes(id)) {
      out.push({ name, type: "directory", path });
      walk(source, path, `${name}/`, [...within, id], out);
    } else if (source.lstat(path)?.type === "link")
      out.push({ name, type: "link", path, target: source.readLink(path) });
    else
      throw new SlothError("E_FILE_TYPE", `${path} is a ${stat?.type ?? "thing that vanished"} and cannot be copied`);
  }
}

function idOf(stat: FileStat | null): string {
  return stat === null ? "" : `${stat.dev}:${stat.ino}`;
}
