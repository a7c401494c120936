import { digestOf, isKeyed, type Digest } from "../base/digest.ts";
import { SlothError, toError } from "../base/errors.ts";
import type { CommandCall } from "./processes/command.ts";
import type { Host } from "./host.ts";
import { HeldLook, type Caller } from "./held.ts";
import type { About, Argv, CommandOptions, CommandResult, FileStat, Look, ReadSystem, WalkOptions } from "./system.ts";

/** One call's view of a host. Made for each call, so all it does is in the prototype. */
export class Reader implements ReadSystem, Caller {
  readonly host: string;
  readonly signal: AbortSignal;
  readonly euid: number;
  readonly umask: number;
  protected readonly machine: Host;
  protected readonly sensitive: boolean;

  constructor(machine: Host, signal: AbortSignal, sensitive: boolean) {
    this.machine = machine;
    this.host = machine.name;
    this.euid = machine.ground.who.euid;
    this.umask = machine.ground.umask;
    this.signal = signal;
    this.sensitive = sensitive;
  }

  lstat(path: string): FileStat | null {
    return this.machine.files.lstat(path);
  }

  stat(path: string): FileStat | null {
    return this.machine.files.stat(path);
  }

  readLink(path: string): string {
    return this.machine.files.readLink(path);
  }

  realPath(path: string): string | null {
    return this.machine.files.realPath(path);
  }

  list(path: string): readonly string[] {
    return this.machine.files.list(path);
  }

  readFile(path: string): Uint8Array {
    return this.machine.files.readFile(path);
  }

  stream(path: string): AsyncIterable<Uint8Array> {
    return this.machine.files.stream(path, this.signal);
  }

  digest(path: string, like?: string, seen?: FileStat): Digest | Promise<Digest> {
    return this.machine.files.digest(path, this.keyFor(like), this.signal, seen);
  }

  look(path: string, { follow = false }: WalkOptions = {}): Look {
    return new HeldLook(this.machine.files.look(path, follow), this);
  }

  digestOf(contents: Uint8Array | string, like?: string): Digest {
    return digestOf(contents, this.keyFor(like));
  }

  userId(name: string): number | null {
    return this.machine.predictions.userId(name);
  }

  groupId(name: string): number | null {
    return this.machine.predictions.groupId(name);
  }

  userName(uid: number): string {
    return this.machine.predictions.userName(uid);
  }

  groupName(gid: number): string {
    return this.machine.predictions.groupName(gid);
  }

  env(name: string): string | undefined {
    const { env } = this.machine.ground;
    return Object.hasOwn(env, name) ? env[name] : undefined;
  }

  which(program: string): string | null {
    return this.machine.ground.which(program);
  }

  async query(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    try {
      return await this.machine.ground.query(argv, options, this.commandCall());
    } catch (error) {
      const reason = error instanceof SlothError && error.code === "E_COMMAND" ? this.unknownBecause() : undefined;
      if (reason === undefined) throw error;
      throw new SlothError("E_UNKNOWN", `${toError(error).message}, and ${reason}`, { cause: error });
    }
  }

  cached<T>(key: string, make: () => Promise<T>): Promise<T> {
    return this.machine.cached(key, make);
  }

  unknownBecause(about?: About): string | undefined {
    return this.machine.predictions.unknownBecause(about);
  }

  predicted(kind: string, name: string): unknown {
    return this.machine.predictions.predicted(kind, name);
  }

  allPredicted(kind: string): ReadonlyMap<string, unknown> {
    return this.machine.predictions.allPredicted(kind);
  }

  protected commandCall(): CommandCall {
    const { children, ground } = this.machine;
    return { signal: this.signal, children, accounts: ground.accounts, euid: this.euid };
  }

  keyFor(like: string | undefined): Uint8Array | undefined {
    return this.sensitive || (like !== undefined && isKeyed(like)) ? this.machine.key : undefined;
  }
}
