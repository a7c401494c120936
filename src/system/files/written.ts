import fs from "node:fs";
import { isKeyed, type Digest } from "../../base/digest.ts";
import { pathBytes } from "../../base/path-text.ts";

/** Reading less than this again costs next to nothing. */
const LEAST = 8 << 20;

/**
 * Digests of large files that this process wrote, taken while it did. One counts as long as the path leads to that inode, and the
 * kernel has not noted a change of it since: then looking at it again need not read it all.
 */
export class Written {
  private readonly known = new Map<string, { readonly digest: Digest; readonly identity: string }>();

  note(path: string, digest: Digest | undefined): void {
    this.known.delete(path);
    const found = identityOf(path);
    if (digest !== undefined && found !== undefined) this.known.set(path, { digest, identity: found });
  }

  find(path: string, key: Uint8Array | undefined): Digest | undefined {
    const entry = this.known.get(path);
    if (entry === undefined || isKeyed(entry.digest) !== (key !== undefined)) return undefined;
    return entry.identity === identityOf(path) ? entry.digest : undefined;
  }
}

/** undefined: not a large regular file. */
function identityOf(path: string): string | undefined {
  const found = fs.statSync(pathBytes(path), { throwIfNoEntry: false, bigint: true });
  if (found === undefined || !found.isFile() || found.size < LEAST) return undefined;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
}
