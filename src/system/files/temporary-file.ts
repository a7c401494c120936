import fs from "node:fs";
import os from "node:os";
import { joined } from "../../base/path.ts";
import { errnoOf } from "../system-error.ts";
import { refused } from "./look.ts";
import type { Place } from "./place.ts";
import { temporaryName } from "./temporary.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/** A new file that nobody else can read yet, and that is gone with its scope unless it was renamed. */
export class TemporaryFile implements Disposable {
  /** Open for writing until it is `finished`, from then on for reading. */
  fd: number;
  private readonly at: string | Buffer;
  /** For other programs. */
  readonly path: string;
  private readonly own: string | undefined;
  private isThere = true;

  constructor(at: string | Buffer, path: string, own?: string) {
    this.fd = fs.openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.at = at;
    this.path = path;
    this.own = own;
  }

  /** Nothing has it open for writing any more, so that it can be run. */
  finish(): void {
    const written = this.fd;
    this.fd = fs.openSync(`/proc/self/fd/${written}`, O_RDONLY);
    fs.closeSync(written);
  }

  renameTo(target: string | Buffer): void {
    fs.renameSync(this.at, target);
    this.isThere = false;
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.fd);
    if (this.isThere) fs.rmSync(this.at, { force: true });
    if (this.own !== undefined) fs.rmdirSync(this.own);
  }
}

/**
 * Beside the file it is to become. Where that directory is read-only and yet the file is not, because it is mounted there by itself,
 * in a directory of its own among the system's temporary ones.
 */
export function openTemporary(place: Place): TemporaryFile {
  const name = temporaryName(place.path);
  try {
    return new TemporaryFile(place.beside(name), joined(place.directory, name));
  } catch (error) {
    if (errnoOf(error) !== "EROFS" || place.found === undefined || refused(place.held, "contents") !== null)
      throw error;
  }
  const own = fs.mkdtempSync(joined(os.tmpdir(), "sloth-"));
  return new TemporaryFile(joined(own, "contents"), joined(own, "contents"), own);
}
