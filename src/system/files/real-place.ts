import { attempt, systemError } from "../system-error.ts";
import type { Contents } from "../system.ts";
import * as change from "./change.ts";
import type { Attributes, FilePlace, Times, WriteRequest } from "./files.ts";
import { forgetOwnWays } from "./own-ways.ts";
import type { Place } from "./place.ts";
import { RealLook } from "./real-look.ts";
import { removeTree } from "./remove-tree.ts";
import { chown } from "./rights.ts";
import { writeFile } from "./write-file.ts";
import type { Written } from "./written.ts";

/** What changes of one machine share. */
export interface Surroundings {
  readonly umask: number;
  readonly written: Written;
  readonly touched: (directory: string) => void;
  /** Once a run: whatever a killed one left in that directory goes before something is made. */
  readonly sweep: (place: Place) => void;
}

/** What a path leads to, held open for changes. */
export class RealPlace extends RealLook implements FilePlace {
  private readonly around: Surroundings;

  constructor(place: Place, around: Surroundings) {
    super(place);
    this.around = around;
  }

  override below(name: string): RealPlace {
    return new RealPlace(this.place.below(name), this.around);
  }

  async writeFile(contents: Contents, request: WriteRequest): Promise<void> {
    this.around.sweep(this.place);
    await writeFile(this.place, contents, request, this.around.umask);
    this.around.written.note(this.path, request.digest);
    this.around.touched(this.place.directory);
  }

  mkdir(attributes: Attributes): void {
    this.make("make the directory", () => change.mkdir(this.place, attributes, this.around.umask));
  }

  chmod(mode: number): void {
    forgetOwnWays();
    attempt("change the mode of", this.path, () => change.chmod(this.place, mode));
  }

  chown(uid: number | undefined, gid: number | undefined): void {
    forgetOwnWays();
    attempt("change the owner of", this.path, () => chown(this.place, uid, gid));
  }

  utimes({ atimeMs, mtimeMs }: Times): void {
    attempt("set the times of", this.path, () => change.utimes(this.place, atimeMs, mtimeMs));
  }

  symlink(target: string, owner: Pick<Attributes, "uid" | "gid">): void {
    this.make("make the link", () => change.symlink(target, this.place, owner));
  }

  unlink(): void {
    attempt("remove", this.path, () => change.unlink(this.place));
    this.around.touched(this.place.directory);
  }

  async removeTree(signal: AbortSignal): Promise<void> {
    try {
      await removeTree(this.place, signal);
    } catch (error) {
      throw systemError(error, "remove", this.path);
    }
    this.around.touched(this.place.directory);
  }

  private make(verb: string, action: () => void): void {
    attempt(verb, this.path, () => {
      this.around.sweep(this.place);
      action();
    });
    this.around.touched(this.place.directory);
  }
}
