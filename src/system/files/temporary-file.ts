import { joined, parentOf } from "../../base/path.ts";
import fs from "node:fs";
import os from "node:os";
import { refused } from "./look.ts";
import type { SafeDirectory } from "./safe-directory.ts";
import { errnoOf } from "../system-error.ts";
import { temporaryName } from "./temporary.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/** A new file that nobody else can read yet, and that is gone with its scope unless it was renamed. */
export class TemporaryFile implements Disposable {
  readonly fd: number;
  /** For our own calls. */
  readonly at: string | Buffer;
  /** For other programs. */
  readonly path: string;
  private readonly own: string | undefined;
  private isOpen = true;
  private isThere = true;

  constructor(at: string | Buffer, path: string, own?: string) {
    this.fd = fs.openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.at = at;
    this.path = path;
    this.own = own;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    fs.closeSync(this.fd);
  }

  renameTo(target: string | Buffer): void {
    fs.renameSync(this.at, target);
    this.isThere = false;
  }

  [Symbol.dispose](): void {
    this.close();
    if (this.isThere) fs.unlinkSync(this.at);
    if (this.own !== undefined) fs.rmdirSync(this.own);
  }
}

/**
 * Beside the file it is to become. Where that directory is read-only and yet the file is not, because it is mounted there by itself,
 * in a directory of its own among the system's temporary ones.
 */
export function openTemporary(directory: SafeDirectory, path: string, target: string | Buffer): TemporaryFile {
  const name = temporaryName(path);
  try {
    return new TemporaryFile(directory.at(name), joined(parentOf(path), name));
  } catch (error) {
    if (errnoOf(error) !== "EROFS" || refused(target, "contents") !== null) throw error;
  }
  const own = fs.mkdtempSync(joined(os.tmpdir(), "sloth-"));
  return new TemporaryFile(joined(own, "contents"), joined(own, "contents"), own);
}
