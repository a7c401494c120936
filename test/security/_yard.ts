import * as fs from "node:fs";
import type { AnyResource } from "../../src/engine/resource.ts";
import type { ValueObject } from "../../src/base/value.ts";
import { fileOps } from "../../src/modules/file_ops/index.ts";
import { bench, declare } from "../support/declare.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeLines } from "../support/tree-digest.ts";

/** An ordinary user, and another; numbers do, no account is made. */
export const LU = 41_001;
export const BOB = 41_002;
export const SECRET = "the contents of a file that only root may read";

/**
 * Two directories side by side: `home`, which is LU's with all that he likes in it, and `crown`, which is root's and must be afterwards what
 * it was before.
 */
export class Yard {
  readonly root = temporaryDirectory();
  readonly home = `${this.root}/home`;
  readonly crown = `${this.root}/crown`;
  private readonly before: readonly string[];

  constructor() {
    this.directory("home", LU, 0o755);
    this.directory("crown", 0, 0o700);
    this.directory("crown/dir", 0, 0o700);
    this.file("crown/shadow", SECRET, 0, 0o600);
    this.file("crown/dir/f", SECRET, 0, 0o600);
    this.before = this.crowns();
  }

  directory(name: string, uid: number, mode: number): string {
    fs.mkdirSync(`${this.root}/${name}`);
    return this.has(name, uid, mode);
  }

  file(name: string, contents: string, uid: number, mode: number): string {
    fs.writeFileSync(`${this.root}/${name}`, contents);
    return this.has(name, uid, mode);
  }

  link(name: string, target: string, uid: number): string {
    fs.symlinkSync(target, `${this.root}/${name}`);
    fs.lchownSync(`${this.root}/${name}`, uid, uid);
    return `${this.root}/${name}`;
  }

  /** Mode as octal digits, owner and group. */
  rights(name: string): string {
    const { mode, uid, gid } = fs.lstatSync(`${this.root}/${name}`);
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  }

  text(name: string): string {
    return fs.readFileSync(`${this.root}/${name}`, "utf8");
  }

  /** What of `crown` is other than it was. */
  touched(): readonly string[] {
    const now = this.crowns();
    return [...now.filter((line) => !this.before.includes(line)), ...this.before.filter((line) => !now.includes(line))];
  }

  private crowns(): readonly string[] {
    return treeLines(this.crown);
  }

  private has(name: string, uid: number, mode: number): string {
    const path = `${this.root}/${name}`;
    fs.chownSync(path, uid, uid);
    fs.chmodSync(path, mode);
    return path;
  }
}

function verb(name: string): AnyResource {
  const type = fileOps.functions.find((each) => each.name === `file_ops.${name}`);
  if (type?.form !== "resource") throw new Error(`no file_ops.${name}`);
  return type;
}

/** As root; "E_…" when it is refused. */
export async function attempt(name: string, args: ValueObject): Promise<string> {
  try {
    return (await declare(verb(name), args, bench())).action;
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
    // As the engine has it: what was made is something else when it is looked at again.
    if (error instanceof Error && error.message.startsWith("not converged")) return "E_NOT_CONVERGED";
    throw error;
  }
}
