import type { Digest } from "../../base/digest.ts";
import { joined } from "../../base/path.ts";
import type { Attributes, FileLook, FileLooks, FilePlace, Times, WriteRequest } from "../files/files.ts";
import type { Contents, FileStat } from "../system.ts";

type PathLooks = Pick<FileLooks, "lstat" | "readLink" | "readFile" | "digest" | "list">;

/** Files by paths alone, of which nobody else moves any. */
export interface PathFiles extends PathLooks {
  writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void>;
  mkdir(path: string, attributes: Attributes): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number | undefined, gid: number | undefined): void;
  utimes(path: string, times: Times): void;
  symlink(target: string, path: string, owner: Pick<Attributes, "uid" | "gid">): void;
  unlink(path: string): void;
  removeTree(path: string): Promise<void>;
}

/** What is at a path without links on the way, as a plan has it: there is nothing to hold. */
export class PathLook implements FileLook {
  readonly path: string;
  readonly stat: FileStat | null;
  private readonly looks: PathLooks;

  constructor(looks: PathLooks, path: string) {
    this.looks = looks;
    this.path = path;
    this.stat = looks.lstat(path);
  }

  isExposed(): boolean {
    return false;
  }

  readLink(): string {
    return this.looks.readLink(this.path);
  }

  readFile(): Uint8Array {
    return this.looks.readFile(this.path);
  }

  digest(key: Uint8Array | undefined, signal: AbortSignal): Digest | Promise<Digest> {
    return this.looks.digest(this.path, key, signal);
  }

  list(): readonly string[] {
    return this.looks.list(this.path);
  }

  below(name: string): PathLook {
    return new PathLook(this.looks, joined(this.path, name));
  }

  [Symbol.dispose](): void {}
}

/** The same, to be changed. */
export class PathPlace extends PathLook implements FilePlace {
  private readonly files: PathFiles;

  constructor(files: PathFiles, path: string) {
    super(files, path);
    this.files = files;
  }

  override below(name: string): PathPlace {
    return new PathPlace(this.files, joined(this.path, name));
  }

  writeFile(contents: Contents, request: WriteRequest): Promise<void> {
    return this.files.writeFile(this.path, contents, request);
  }

  mkdir(attributes: Attributes): void {
    this.files.mkdir(this.path, attributes);
  }

  chmod(mode: number): void {
    this.files.chmod(this.path, mode);
  }

  chown(uid: number | undefined, gid: number | undefined): void {
    this.files.chown(this.path, uid, gid);
  }

  utimes(times: Times): void {
    this.files.utimes(this.path, times);
  }

  symlink(target: string, owner: Pick<Attributes, "uid" | "gid">): void {
    this.files.symlink(target, this.path, owner);
  }

  unlink(): void {
    this.files.unlink(this.path);
  }

  removeTree(): Promise<void> {
    return this.files.removeTree(this.path);
  }
}
