import type { Digest } from "../../base/digest.ts";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import type { FileStat } from "../system.ts";
import type { FileLook } from "./files.ts";
import * as look from "./look.ts";
import { Place } from "./place.ts";
import * as contents from "./read-contents.ts";
import { moverOf } from "./walk.ts";

/** What a path leads to, held open for looking. */
export class RealLook implements FileLook {
  readonly path: string;
  readonly stat: FileStat | null;
  protected readonly place: Place;

  constructor(place: Place) {
    this.place = place;
    this.path = place.path;
    this.stat = place.found === undefined ? null : look.toFileStat(place.found);
  }

  isExposed(): boolean {
    return attempt("look at", this.path, () => moverOf(this.path) !== "nobody");
  }

  readLink(): string {
    return look.readLink(this.path, this.place.name);
  }

  readFile(): Uint8Array {
    return contents.readFile(this.path, { at: this.held("read") });
  }

  digest(key: Uint8Array | undefined, signal: AbortSignal): Digest | Promise<Digest> {
    return contents.digest(this.path, key, signal, { at: this.held("read") });
  }

  list(): readonly string[] {
    return look.list(this.path, this.held("list"));
  }

  below(name: string): RealLook {
    return new RealLook(this.place.below(name));
  }

  [Symbol.dispose](): void {
    this.place[Symbol.dispose]();
  }

  private held(verb: string): string {
    return attempt(verb, this.path, () => {
      if (this.stat?.type === "link") throw new Errno("ELOOP");
      return this.place.held;
    });
  }
}

/** Where there is no way to a path, there is nothing. */
export function lookAt(path: string, follow: boolean): FileLook {
  try {
    return new RealLook(Place.at(path, follow));
  } catch (error) {
    if (!NO_WAY.has(errnoOf(error) ?? "")) throw systemError(error, "look at", path);
    return new NoWay(path);
  }
}

const NO_WAY: ReadonlySet<string> = new Set(["ENOENT", "ENOPARENT", "ENOTDIR"]);

class NoWay implements FileLook {
  readonly path: string;
  readonly stat = null;

  constructor(path: string) {
    this.path = path;
  }

  isExposed = (): boolean => false;
  readLink = (): never => this.fail("read the link");
  readFile = (): never => this.fail("read");
  digest = (): never => this.fail("read");
  list = (): never => this.fail("list");
  below = (): never => this.fail("look at");

  [Symbol.dispose](): void {}

  private fail(verb: string): never {
    throw systemError(new Errno("ENOENT"), verb, this.path);
  }
}
