import { SlothError } from "../../base/errors.ts";
import { printablePath } from "../../base/path-text.ts";
import { Errno } from "../system-error.ts";

const MOST_LINKS = 40;
const STICKY = 0o1000;
const GROUP_WRITES = 0o0020;
const OTHERS_WRITE = 0o0002;

export interface Owned {
  readonly uid: number;
}

export interface Guarded extends Owned {
  readonly mode: number;
}

/** Who, besides root and ourselves, may put something else under a name: nobody, one user, or several. */
export type Mover = "nobody" | number | "several";

interface Pending {
  /** Names still to walk when the link's target is reached. */
  readonly left: number;
  readonly uid: number;
  readonly path: string;
  readonly link: Owned;
}

/**
 * Judges the way to what is to be changed; one for each walk. A link is followed when nobody but root and ourselves owns it or may rename
 * in any directory on the way, by the bits for others or for the group, which also are the mask of an ACL. Where exactly one other user
 * may, it must lead to what is theirs, as with systemd's tmpfiles; where several may, it is refused, as by the kernel's
 * protected_symlinks. So nobody can lead us further than they could go themselves. It counts what a directory lets happen, not whose the
 * link is that happens to be there: another one may be there a moment later.
 */
export class LinkGuard {
  private readonly euid: number;
  private readonly pending: Pending[] = [];
  private links = 0;
  private who: Mover = "nobody";
  /** The last link that was followed to what is somebody else's. */
  private led: Pending | undefined;

  constructor(euid: number) {
    this.euid = euid;
  }

  /** Who may have led us elsewhere so far. */
  get mover(): Mover {
    return this.who;
  }

  /** Through a directory's entry that is no link. */
  pass(directory: Guarded, entry: Owned): void {
    this.who = both(this.who, this.mayReplace(directory, entry, false));
  }

  /** To a thing that anybody who may write there can have given the name, a further one of somebody else's file. */
  end(directory: Guarded, thing: Owned): void {
    this.who = both(this.who, this.mayReplace(directory, thing, true));
  }

  /** Before a link at `path` in `directory` is followed, when `left` names are to be walked after it. */
  follow(directory: Guarded, link: Owned, path: string, left: number): void {
    if (++this.links > MOST_LINKS) throw new Errno("ELOOP");
    const owner = this.isOurs(link) ? "nobody" : link.uid;
    this.who = both(both(this.who, owner), this.mayReplace(directory, link, true));
    if (this.who === "several") throw planted(path, link, directory);
    if (this.who !== "nobody") this.pending.push({ left, uid: this.who, path, link });
  }

  /**
   * At something, with `left` names to go. From where such a link led on, directories are to be his too: those of others that are in his he
   * could not have moved to the path's names.
   */
  arrive(found: Guarded & { readonly isDirectory: boolean }, left: number): void {
    for (let last = this.pending.at(-1); last?.left === left; last = this.pending.at(-1)) {
      if (last.uid !== found.uid) throw leadsAway(last, found);
      this.led = this.pending.pop();
    }
    const { led } = this;
    if (led !== undefined && this.pending.length === 0 && found.isDirectory && led.uid !== found.uid)
      throw leadsAway(led, found);
  }

  /** In a sticky directory a name stays with its owner; but somebody may have moved a link of ours there from a directory of theirs. */
  private mayReplace(directory: Guarded, entry: Owned, isLink: boolean): Mover {
    const owner = this.isOurs(directory) ? "nobody" : directory.uid;
    const bits = directory.mode & (GROUP_WRITES | OTHERS_WRITE);
    if (bits === 0) return owner;
    if ((directory.mode & STICKY) !== 0 && !isLink) return both(owner, this.isOurs(entry) ? "nobody" : entry.uid);
    // Whoever lets a group into a directory of their own trusts it with it; root does not.
    return bits === GROUP_WRITES && directory.uid !== 0 ? directory.uid : "several";
  }

  private isOurs({ uid }: Owned): boolean {
    return uid === 0 || uid === this.euid;
  }
}

function both(one: Mover, other: Mover): Mover {
  if (one === "nobody" || one === other) return other;
  return other === "nobody" ? one : "several";
}

function planted(path: string, { uid }: Owned, { mode }: Guarded): SlothError {
  const what = `${printablePath(path)} is a link of uid ${uid} in a directory`;
  const where = (mode & OTHERS_WRITE) !== 0 ? "open to all" : "that others can exchange or write to";
  return new SlothError("E_ACCESS", `${what} ${where}`, {
    hint: "it may have been planted to mislead; remove it, or name the real path",
  });
}

function leadsAway({ path, uid, link }: Pending, target: Guarded & { readonly isDirectory: boolean }): SlothError {
  const what = `${printablePath(path)} is a link ${link.uid === uid ? `of uid ${uid}` : `that uid ${uid} can exchange,`}`;
  const type = target.isDirectory ? "directory" : "file";
  return new SlothError("E_ACCESS", `${what} to a ${type} of uid ${target.uid}`, {
    hint: "whoever can exchange the link may lead us anywhere with it; name the real path",
  });
}
