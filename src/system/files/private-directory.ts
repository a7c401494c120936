import fs from "node:fs";
import { Errno } from "../system-error.ts";
import type { Place } from "./place.ts";
import { MADE, removeAny, temporaryName } from "./temporary.ts";
import { O_PATH, at } from "./walk.ts";

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/**
 * A directory beside a place that only we may enter. What is made in it is nobody else's to exchange before it has its owner and mode;
 * then it takes its name. The directory itself can be moved by who owns the one it is in, which does not matter: it is held open.
 */
export class PrivateDirectory implements Disposable {
  private readonly fd: number;
  private readonly own: string | Buffer;

  constructor(place: Place) {
    this.own = place.beside(temporaryName(place.path));
    fs.mkdirSync(this.own, { mode: 0o700 });
    this.fd = fs.openSync(this.own, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    const { uid, mode } = fs.fstatSync(this.fd);
    if (uid === process.geteuid?.() && (mode & 0o077) === 0) return;
    fs.closeSync(this.fd);
    throw new Errno("ECHANGED");
  }

  /** For what is to be made. */
  get made(): string | Buffer {
    return at(this.fd, MADE);
  }

  [Symbol.dispose](): void {
    removeAny(this.made);
    fs.closeSync(this.fd);
    // Whoever moved it away has to put up with it.
    removeAny(this.own);
  }
}
