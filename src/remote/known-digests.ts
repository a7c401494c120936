import type { Notes } from "../store/contract.ts";
import { isObject } from "../base/value.ts";
import type { ReadSystem } from "../system/system.ts";

type Reading = Pick<ReadSystem, "stat" | "digest">;

/** Digests of our builds: a hundred megabytes are not read in every run when the file is the one that was read before. */
export class KnownDigests {
  private readonly system: Reading;
  private readonly notes: Notes | undefined;

  constructor(system: Reading, notes: Notes | undefined) {
    this.system = system;
    this.notes = notes;
  }

  /** undefined: not known, or the file was written, replaced or touched since. */
  find(path: string): string | undefined {
    const noted = this.notes?.get(keyOf(path));
    if (!isObject(noted) || noted["file"] !== this.file(path)) return undefined;
    return typeof noted["digest"] === "string" ? noted["digest"] : undefined;
  }

  async of(path: string): Promise<string> {
    const known = this.find(path);
    if (known !== undefined) return known;
    const file = this.file(path);
    const digest = await this.system.digest(path);
    this.notes?.set(keyOf(path), { file, digest });
    return digest;
  }

  /** The time of the inode's last change is the kernel's, which no tool sets back. */
  private file(path: string): string {
    const found = this.system.stat(path);
    return found === null ? "" : [found.dev, found.ino, found.size, found.mtimeMs, found.ctimeMs].join(" ");
  }
}

function keyOf(path: string): string {
  return `digest ${path}`;
}
