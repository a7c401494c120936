import type { FileStat, Look, ReadSystem } from "../../system/system.ts";

/** The kind of what has a path: files, directories, links. The path is its name; of all types that keep one the facts are these. */
export const PATH_KIND = "file";

/** What can be known of a path. Links have no mode; only files have content. */
export type FileFacts = {
  readonly type: string;
  readonly content?: string | undefined;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  /** Of a link, as it is written in it. */
  readonly target?: string | undefined;
  /** Its contents were replaced, and are not in the record. */
  readonly unkept?: string | undefined;
  /** Which one it was, where others could exchange it: undo gives no other one back. */
  readonly inode?: string | undefined;
  /** Where a link leads, at the path or above it, whose end these are the facts of: what is at the path itself is only looked through. */
  readonly via?: string | undefined;
  /** Of a directory that is taken away: how much was in it. */
  readonly entries?: number | undefined;
  readonly [property: string]: string | number | undefined;
};

/** What is held, without its contents; null: nothing. */
export function factsAt(target: ReadSystem, found: Look): FileFacts | null {
  return found.stat === null ? null : factsOf(target, found.stat, () => found.readLink());
}

/** The same of what was found at `path` by following a link that may be there. */
export function factsThrough(target: ReadSystem, path: string, found: Look): FileFacts | null {
  const facts = factsAt(target, found);
  return facts === null || target.lstat(path)?.type !== "link" || facts.type === "link"
    ? facts
    : { ...facts, via: found.path };
}

/** Without `readLink`, of a link not where it leads: to read it changes when it was last read. */
export function factsOf(target: ReadSystem, stat: FileStat, readLink?: () => string): FileFacts {
  const owner = target.userName(stat.uid);
  const group = target.groupName(stat.gid);
  if (stat.type === "link") return { type: "link", target: readLink?.(), owner, group };
  return { type: stat.type, mode: octal(stat.mode), owner, group };
}

/** "0644": permission bits as four octal digits, the way facts show them. */
export function octal(bits: number): string {
  return bits.toString(8).padStart(4, "0");
}
