import { printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Member } from "./_archive.ts";

/** Where a member goes, relative to the directory that is unpacked into. */
export interface Placed {
  readonly name: string;
  /** Of a link: as it will be written. Of a hard link: the member it is another name of. */
  readonly target: string;
}

/**
 * Says of each member where it goes, or null when stripping leaves nothing of it. Refuses what could be written outside: an absolute name,
 * `..`, a link that leads out, what lies behind a link of the archive; and devices.
 */
export function memberPlacer(archive: string, strip: number): (member: Member) => Placed | null {
  const links = new Set<string>();
  return (member) => {
    const refuse = (why: string): SlothError =>
      new SlothError("E_ARCHIVE_UNSAFE", `${archive} is not unpacked: ${printablePath(member.name)} ${why}`);
    if (member.type === "other") throw refuse("is neither a file, a directory nor a link");
    if (member.name.startsWith("/")) throw refuse("is an absolute path");
    const parts = partsOf(member.name);
    if (parts.includes("..") || member.name.includes("\0")) throw refuse("leads out of the directory");
    const kept = parts.slice(strip);
    if (kept.length === 0) return null;
    const name = kept.join("/");
    for (let depth = 1; depth < kept.length; depth++)
      if (links.has(kept.slice(0, depth).join("/"))) throw refuse("lies behind a link of the archive");
    if (member.type === "link") {
      if (leadsOut(kept, member.target)) throw refuse(`is a link that leads out, to ${printablePath(member.target)}`);
      links.add(name);
      return { name, target: member.target };
    }
    links.delete(name);
    if (member.type !== "hardlink") return { name, target: "" };
    const other = partsOf(member.target);
    if (member.target.startsWith("/") || other.includes("..") || other.length <= strip)
      throw refuse(`is a hard link that leads out, to ${printablePath(member.target)}`);
    return { name, target: other.slice(strip).join("/") };
  };
}

function partsOf(name: string): readonly string[] {
  return name.split("/").filter((part) => part !== "" && part !== ".");
}

function leadsOut(link: readonly string[], target: string): boolean {
  if (target.startsWith("/") || target === "") return true;
  let depth = link.length - 1;
  for (const part of partsOf(target)) {
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
