import { printablePath } from "../../../base/path-text.ts";
import { SlothError } from "../../../base/errors.ts";
import type { Member } from "./archive.ts";

/** Where a member goes, relative to the directory that is unpacked into. */
export interface Placed {
  readonly name: string;
  /** Of a link: as it will be written. Of a hard link: the member it is another name of. */
  readonly target: string;
}

/** No file system takes a longer name, and no system a longer path. */
const LONGEST_NAME = 255;
const LONGEST_PATH = 4000;
const DEEPEST = 200;
/** As the kernel: what goes through more of them is taken for a circle. */
const MOST_LINKS = 40;

/**
 * Says of each member where it goes, or null when stripping leaves nothing of it, and keeps what the archive is so far. Refuses what could be
 * written outside: an absolute name, `..`, a link that leads out, what lies behind a link or a file of the archive; devices; names that no
 * system takes. `refuseWaysOut` is asked when all of it is known: a link may lead out by way of another.
 */
export class MemberPlacer {
  private readonly archive: string;
  private readonly strip: number;
  private readonly links = new Map<string, string>();
  /** Everything that was placed, and every directory implied: "directory" or what cannot be one. */
  private readonly kinds = new Map<string, "directory" | "other">();

  constructor(archive: string, strip: number) {
    this.archive = archive;
    this.strip = strip;
  }

  place(member: Member): Placed | null {
    if (member.type === "other") throw this.refusal(member.name, "is neither a file, a directory nor a link");
    if (member.name.startsWith("/")) throw this.refusal(member.name, "is an absolute path");
    const parts = partsOf(member.name);
    if (parts.includes("..") || member.name.includes("\0"))
      throw this.refusal(member.name, "leads out of the directory");
    const kept = parts.slice(this.strip);
    if (kept.length === 0) return null;
    this.refuseNames(member.name, kept);
    const name = kept.join("/");
    this.refuseKind(member, kept);
    if (member.type === "link") return this.link(member.name, name, member.target);
    this.links.delete(name);
    return { name, target: member.type === "hardlink" ? this.hardlink(member, name) : "" };
  }

  /** Follows each link through the others, as the kernel will. */
  refuseWaysOut(): void {
    for (const [name, target] of this.links) {
      const parent = name.split("/").slice(0, -1);
      if (this.leadsOut([...parent, ...target.split("/")]))
        throw this.refusal(name, `is a link that leads out by way of another, to ${printablePath(target)}`);
    }
  }

  private leadsOut(way: readonly string[]): boolean {
    const left = way.toReversed();
    const at: string[] = [];
    for (let followed = 0; left.length > 0;) {
      const part = left.pop() ?? "";
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (at.pop() === undefined) return true;
        continue;
      }
      const target = this.links.get([...at, part].join("/"));
      if (target === undefined) at.push(part);
      else if (++followed > MOST_LINKS) return false;
      else left.push(...target.split("/").toReversed());
    }
    return false;
  }

  private refuseNames(given: string, kept: readonly string[]): void {
    if (kept.some((part) => Buffer.byteLength(part) > LONGEST_NAME) || Buffer.byteLength(given) > LONGEST_PATH)
      throw this.refusal(`${given.slice(0, 60)}…`, "has a name that no system takes");
    if (kept.length > DEEPEST)
      throw this.refusal(`${given.slice(0, 60)}…`, `lies more than ${DEEPEST} directories deep`);
  }

  private refuseKind(member: Member, kept: readonly string[]): void {
    for (let depth = 1; depth < kept.length; depth++) {
      const above = kept.slice(0, depth).join("/");
      if (this.links.has(above)) throw this.refusal(member.name, "lies behind a link of the archive");
      if (this.kinds.get(above) === "other") throw this.refusal(member.name, "lies behind a file of the archive");
      this.kinds.set(above, "directory");
    }
    const name = kept.join("/");
    const kind = member.type === "directory" ? "directory" : "other";
    if ((this.kinds.get(name) ?? kind) !== kind) throw this.refusal(member.name, "is a directory and something else");
    this.kinds.set(name, kind);
  }

  private link(given: string, name: string, target: string): Placed {
    if (target.startsWith("/") || target === "" || target.includes("\0") || climbsOut(name, target))
      throw this.refusal(given, `is a link that leads out, to ${printablePath(target)}`);
    this.links.set(name, target);
    return { name, target };
  }

  /** Another name of a link is a link at another place. */
  private hardlink({ name: given, target }: Member, name: string): string {
    const parts = partsOf(target);
    const refuse = (what: string): SlothError =>
      this.refusal(given, `is a hard link ${what}, to ${printablePath(target)}`);
    if (target.startsWith("/") || parts.includes("..") || parts.length <= this.strip) throw refuse("that leads out");
    const kept = parts.slice(this.strip);
    const other = kept.join("/");
    for (let depth = 1; depth < kept.length; depth++)
      if (this.links.has(kept.slice(0, depth).join("/"))) throw refuse("that lies behind a link of the archive");
    const leads = this.links.get(other);
    if (leads !== undefined) this.link(given, name, leads);
    return other;
  }

  private refusal(name: string, why: string): SlothError {
    return new SlothError("E_ARCHIVE_UNSAFE", `${this.archive} is not unpacked: ${printablePath(name)} ${why}`);
  }
}

function partsOf(name: string): readonly string[] {
  return name.split("/").filter((part) => part !== "" && part !== ".");
}

/** By its names alone. */
function climbsOut(link: string, target: string): boolean {
  let depth = link.split("/").length - 1;
  for (const part of partsOf(target)) {
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
