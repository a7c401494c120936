import { after } from "../../base/maybe-promise.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  FileStat,
  Look,
  ReadSystem,
  WalkOptions,
  About,
} from "../../system/system.ts";
import type { HeldContents } from "../target/held-contents.ts";
import { isKeyed, type Digest } from "../../base/digest.ts";
import type { Source, SourceUse } from "../resource.ts";
import type { Contents } from "../schema.ts";
import { Secret } from "../../base/value.ts";

export interface SourceOptions {
  readonly workflowDirectory: string;
  readonly locate?: Source["locate"] | undefined;
}

/** A Source over the machine we are on, and the digests that were held through it. */
export function openSource(
  system: ReadSystem,
  contents: HeldContents,
  options: SourceOptions,
  sensitive = false,
): { readonly source: Source; readonly held: readonly Digest[] } {
  const source = new OpenedSource(system, contents, options, sensitive);
  return { source, held: source.held };
}

/** Made for each call, so all it does is in the prototype: the system's own methods are passed on by hand. */
class OpenedSource implements Source {
  readonly held: Digest[] = [];
  readonly sensitive: boolean;
  private readonly system: ReadSystem;
  private readonly contents: HeldContents;
  private readonly options: SourceOptions;

  constructor(system: ReadSystem, contents: HeldContents, options: SourceOptions, sensitive: boolean) {
    this.system = system;
    this.contents = contents;
    this.options = options;
    this.sensitive = sensitive;
  }

  get workflowDirectory(): string {
    return this.options.workflowDirectory;
  }

  locate(path: string, use?: SourceUse): string {
    return this.options.locate?.(path, use) ?? path;
  }

  hold(value: Contents): Digest {
    const keyed = this.sensitive || value instanceof Secret;
    return this.keep(this.contents.holdBytes(bytesOf(value), keyed));
  }

  holdFile(path: string): Digest | Promise<Digest> {
    return after(this.digest(path, this.sensitive ? "keyed:" : undefined), (digest) => {
      this.contents.holdFile(digest, path);
      return this.keep(digest);
    });
  }

  holdStream(digest: Digest, open: () => AsyncIterable<Uint8Array>): Digest {
    this.contents.holdStream(digest, open);
    return this.keep(digest);
  }

  /** The machine we are on has only its own key. */
  private isHostsKey(like: string | undefined): boolean {
    return like !== undefined && isKeyed(like) && this.contents.host !== "local";
  }

  private keep(digest: Digest): Digest {
    this.held.push(digest);
    return digest;
  }

  get host(): string {
    return this.system.host;
  }

  get signal(): AbortSignal {
    return this.system.signal;
  }

  get euid(): number {
    return this.system.euid;
  }

  get umask(): number {
    return this.system.umask;
  }

  lstat(path: string): FileStat | null {
    return this.system.lstat(path);
  }

  stat(path: string): FileStat | null {
    return this.system.stat(path);
  }

  readLink(path: string): string {
    return this.system.readLink(path);
  }

  realPath(path: string): string | null {
    return this.system.realPath(path);
  }

  list(path: string): readonly string[] {
    return this.system.list(path);
  }

  readFile(path: string): Uint8Array {
    return this.system.readFile(path);
  }

  stream(path: string): AsyncIterable<Uint8Array> {
    return this.system.stream(path);
  }

  digest(path: string, like?: string, seen?: FileStat): Digest | Promise<Digest> {
    if (this.isHostsKey(like)) return this.contents.keyedDigestOf(this.system.stream(path));
    return this.system.digest(path, like, seen);
  }

  look(path: string, options?: WalkOptions): Look {
    return this.system.look(path, options);
  }

  digestOf(contents: Uint8Array | string, like?: string): Digest {
    return this.isHostsKey(like) ? this.contents.keyedDigest(contents) : this.system.digestOf(contents, like);
  }

  userId(name: string): number | null {
    return this.system.userId(name);
  }

  groupId(name: string): number | null {
    return this.system.groupId(name);
  }

  userName(uid: number): string {
    return this.system.userName(uid);
  }

  groupName(gid: number): string {
    return this.system.groupName(gid);
  }

  env(name: string): string | undefined {
    return this.system.env(name);
  }

  which(program: string): string | null {
    return this.system.which(program);
  }

  query(argv: Argv, options?: CommandOptions): Promise<CommandResult> {
    return this.system.query(argv, options);
  }

  cached<T>(key: string, make: () => Promise<T>): Promise<T> {
    return this.system.cached(key, make);
  }

  unknownBecause(about?: About): string | undefined {
    return this.system.unknownBecause(about);
  }

  allPredicted(kind: string): ReadonlyMap<string, unknown> {
    return this.system.allPredicted(kind);
  }

  predicted(kind: string, name: string): unknown {
    return this.system.predicted(kind, name);
  }
}

function bytesOf(value: Contents): Uint8Array {
  if (value instanceof Secret) return value.reveal();
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}
