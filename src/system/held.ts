import type { Digest } from "../base/digest.ts";
import type { Attributes, FileLook, FilePlace, WriteRequest } from "./files/files.ts";
import type { Contents, FileAttributes, FileStat, Look, Place, Touch, WriteOptions } from "./system.ts";

/** What the looks and places of one call need of it. */
export interface Caller {
  readonly signal: AbortSignal;
  keyFor(like: string | undefined): Uint8Array | undefined;
}

/** The same for changes. */
export interface ChangingCaller extends Caller {
  attributes(stated: FileAttributes): Attributes;
  request(options: WriteOptions, path: string): WriteRequest;
  /** Hears of each thing before it is changed, as it still is. */
  touching(place: Look, how?: Touch): void;
}

export class HeldLook implements Look {
  readonly path: string;
  readonly stat: FileStat | null;
  private readonly look: FileLook;
  private readonly reader: Caller;

  constructor(look: FileLook, reader: Caller) {
    this.look = look;
    this.path = look.path;
    this.stat = look.stat;
    this.reader = reader;
  }

  isExposed(): boolean {
    return this.look.isExposed();
  }

  readLink(): string {
    return this.look.readLink();
  }

  readFile(): Uint8Array {
    return this.look.readFile();
  }

  digest(like?: string): Digest | Promise<Digest> {
    return this.look.digest(this.reader.keyFor(like), this.reader.signal);
  }

  list(): readonly string[] {
    return this.look.list();
  }

  below(name: string): Look {
    return new HeldLook(this.look.below(name), this.reader);
  }

  [Symbol.dispose](): void {
    this.look[Symbol.dispose]();
  }
}

export class HeldPlace extends HeldLook implements Place {
  private readonly place: FilePlace;
  private readonly writer: ChangingCaller;

  constructor(place: FilePlace, writer: ChangingCaller) {
    super(place, writer);
    this.place = place;
    this.writer = writer;
  }

  override below(name: string): Place {
    return new HeldPlace(this.place.below(name), this.writer);
  }

  async writeFile(contents: Contents, options: WriteOptions): Promise<void> {
    this.writer.touching(this);
    await this.place.writeFile(contents, this.writer.request(options, this.path));
  }

  mkdir(attributes: FileAttributes): void {
    this.writer.touching(this);
    this.place.mkdir(this.writer.attributes(attributes));
  }

  chmod(mode: number): void {
    this.writer.touching(this, "attributes");
    this.place.chmod(mode);
  }

  chown(owner: string | undefined, group: string | undefined): void {
    this.writer.touching(this, "attributes");
    const { uid, gid } = this.writer.attributes({ owner, group });
    this.place.chown(uid, gid);
  }

  utimes(atimeMs: number, mtimeMs: number): void {
    this.writer.touching(this, "attributes");
    this.place.utimes({ atimeMs, mtimeMs });
  }

  symlink(target: string, owner: Pick<FileAttributes, "owner" | "group"> = {}): void {
    this.writer.touching(this);
    this.place.symlink(target, this.writer.attributes(owner));
  }

  unlink(): void {
    this.writer.touching(this);
    this.place.unlink();
  }

  removeTree(): Promise<void> {
    this.writer.touching(this);
    return this.place.removeTree(this.writer.signal);
  }
}
