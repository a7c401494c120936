import { printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import { Errno } from "../system-error.ts";

const MOST_LINKS = 40;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o0002;

interface Owned {
  readonly uid: number;
}

interface Pending {
  /** Names still to walk when the link's target is reached. */
  readonly left: number;
  readonly uid: number;
  readonly path: string;
}

/**
 * Judges the links on the way to what is to be changed; one for each walk. Links of root and our own are followed, and all in a
 * directory that only root or we can write. In a sticky directory open to all others' are refused, as by the kernel's
 * protected_symlinks; elsewhere they must lead to what their owner owns, as with systemd's tmpfiles. So nobody can lead us
 * further than they could go themselves.
 */
export class LinkGuard {
  private readonly euid: number;
  private readonly pending: Pending[] = [];
  private links = 0;

  constructor(euid: number) {
    this.euid = euid;
  }

  /** Before a link at `path` in `directory` is followed, when `left` names are to be walked after it. */
  follow(directory: Owned & { readonly mode: number }, link: Owned, path: string, left: number): void {
    if (++this.links > MOST_LINKS) throw new Errno("ELOOP");
    if (this.isOurs(link)) return;
    const isOpenToAll = (directory.mode & OTHERS_WRITE) !== 0;
    if (isOpenToAll && (directory.mode & STICKY) !== 0 && link.uid !== directory.uid) throw planted(path, link);
    if (isOpenToAll || !this.isOurs(directory)) this.pending.push({ left, uid: link.uid, path });
  }

  /** In a directory, with `left` names to go. */
  arrive(directory: Owned, left: number): void {
    for (let last = this.pending.at(-1); last?.left === left; last = this.pending.at(-1)) {
      if (last.uid !== directory.uid) throw leadsAway(last, directory);
      this.pending.pop();
    }
  }

  private isOurs({ uid }: Owned): boolean {
    return uid === 0 || uid === this.euid;
  }
}

function planted(path: string, { uid }: Owned): SlothError {
  return new SlothError("E_ACCESS", `${printablePath(path)} is a link of uid ${uid} in a directory open to all`, {
    hint: "it may have been planted to mislead; remove it, or name the real path",
  });
}

function leadsAway({ path, uid }: Pending, target: Owned): SlothError {
  return new SlothError(
    "E_ACCESS",
    `${printablePath(path)} is a link of uid ${uid} to a directory of uid ${target.uid}`,
    {
      hint: "whoever owns the link may lead us anywhere with it; name the real path",
    },
  );
}
