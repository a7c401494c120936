import fs from "node:fs";
import { pathBytes } from "../base/path-text.ts";
import { SlothError } from "../base/errors.ts";
import { Children, type Child } from "./processes/children.ts";
import type { Files } from "./files/files.ts";
import { realGround, type Ground } from "./ground.ts";
import { Overlay } from "./plan/overlay.ts";
import { Predictions } from "./plan/predictions.ts";
import { Reader } from "./reader.ts";
import { errnoOf, systemError } from "./system-error.ts";
import type { About, OnTouch, ReadSystem, System } from "./system.ts";
import { Writer } from "./writer.ts";

export interface HostOptions {
  /** Default "local". */
  readonly name?: string | undefined;
  /** `plan`: changes go to an overlay. `read`: there are none. */
  readonly mode: "apply" | "plan" | "read";
  /** For keyed digests; one of this run when absent. */
  readonly key?: Uint8Array | undefined;
  /** Told of each command that starts, before we wait for it. */
  readonly onStart?: ((child: Child) => void) | undefined;
  /** Between TERM and KILL. Default 5 s. */
  readonly graceMs?: number | undefined;
  /** In plan: the directory of the workflow, where no package puts anything. */
  readonly own?: string | undefined;
  /** Default: this machine. */
  readonly ground?: Ground | undefined;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Every digest is keyed, and messages quote no output. */
  readonly sensitive?: boolean | undefined;
  /** Of a writer: hears of each thing that has a path before it is changed. */
  readonly onTouch?: OnTouch | undefined;
}

export function openHost(options: HostOptions): Host {
  return new Host(options);
}

/** The login name of who we are; the number where there is no passwd entry. */
export function ownName(): string {
  const uid = process.geteuid?.() ?? 0;
  return openHost({ mode: "read" }).reader({ signal: new AbortController().signal }).userName(uid);
}

/** One machine for one run. */
export class Host {
  readonly name: string;
  readonly mode: HostOptions["mode"];
  readonly key: Uint8Array;
  readonly ground: Ground;
  readonly children: Children;
  readonly predictions: Predictions;
  readonly files: Files;
  private queries = new Map<string, Promise<unknown>>();
  private touched = new Set<string>();

  constructor({
    name = "local",
    mode,
    key = crypto.getRandomValues(new Uint8Array(32)),
    onStart,
    graceMs = 5000,
    own,
    ground = realGround(),
  }: HostOptions) {
    this.name = name;
    this.mode = mode;
    this.key = key;
    this.ground = ground;
    this.children = new Children(graceMs, onStart);
    this.predictions = new Predictions(ground.accounts, own);
    this.files = mode === "plan" ? this.overlay() : ground.files((directory) => this.touched.add(directory));
  }

  reader({ signal, sensitive = false }: CallOptions): ReadSystem {
    return new Reader(this, signal, sensitive);
  }

  writer({ signal, sensitive = false, onTouch }: CallOptions): System {
    if (this.mode === "read")
      throw new SlothError("E_READ_ONLY", `${this.name} is only looked at: nothing may be changed`);
    return new Writer(this, signal, sensitive, onTouch);
  }

  private overlay(): Overlay {
    const unknownBecause = (about: About): string | undefined => this.predictions.unknownBecause(about);
    const { looks, umask, who } = this.ground;
    return new Overlay({ base: looks, umask, who, unknownBecause });
  }

  /** In plan: something was not done whose effects nobody can know. */
  noteUnknown(reason: string, of?: { readonly kind: string; readonly name: string }): void {
    this.predictions.note(reason, of);
  }

  /** In plan: what a resource will be that is not a file; null: absent. */
  predict(kind: string, name: string, facts: unknown): void {
    this.predictions.predict(kind, name, facts);
  }

  /** See ReadSystem.cached. */
  cached<T>(key: string, make: () => Promise<T>): Promise<T> {
    const queries = this.queries;
    const known = queries.get(key);
    if (known !== undefined) return known as Promise<T>;
    const made = make();
    queries.set(key, made);
    made.catch(() => queries.delete(key));
    return made;
  }

  /** Something was run or applied here: what was asked before may be other now. */
  changed(): void {
    this.queries = new Map();
    this.ground.accounts.changed();
  }

  /** Makes the names in all directories touched since durable. */
  async syncDirectories(): Promise<void> {
    const directories = [...this.touched];
    this.touched = new Set();
    for (let i = 0; i < directories.length; i += AT_ONCE) {
      await Promise.all(directories.slice(i, i + AT_ONCE).map(syncDirectory));
    }
  }

  /** Ends the commands that run, but waits for those that must finish. */
  interrupt(): Promise<void> {
    return this.children.interrupt();
  }

  /** Ends them at once, because we are about to end ourselves. */
  kill(): void {
    this.children.kill();
  }

  /** Waits for what still runs. */
  async close(): Promise<void> {
    await Promise.all(this.children.list().map(({ finished }) => finished));
    this.changed();
  }
}

const AT_ONCE = 16;

async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await fs.promises.open(pathBytes(path), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    await directory.sync();
  } catch (error) {
    if (!NOT_SYNCED.has(errnoOf(error) ?? "")) throw systemError(error, "sync the directory", path);
  }
}

/** It is gone by now, or we may write it and not read it, or its file system has nothing to sync. */
const NOT_SYNCED: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EINVAL", "EROFS"]);
