import fs from "node:fs";
import { resolve } from "node:path";
import { parentOf } from "../base/path.ts";
import { openHost } from "./host.ts";
import { attempt, errnoOf, systemError } from "./system-error.ts";
import type { System } from "./system.ts";

interface NewFileOptions {
  /** What is there goes. */
  readonly replaces?: boolean;
}

/**
 * Writes a file for who started us, in a directory that is made, by the same way as a workflow's. false: something of that name is there, and
 * was left alone.
 */
export async function writeNewFile(path: string, text: string, options: NewFileOptions = {}): Promise<boolean> {
  const whole = resolve(path);
  if (process.platform !== "linux") return writeByPath(whole, text, options);
  const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
  makeDirectories(system, parentOf(whole));
  using place = system.place(whole);
  if (place.stat !== null && options.replaces !== true) return false;
  await place.writeFile(Buffer.from(text), {});
  return true;
}

function makeDirectories(system: System, directory: string): void {
  if (system.stat(directory)?.type === "directory") return;
  makeDirectories(system, parentOf(directory));
  system.mkdir(directory, {});
}

/** Where paths cannot be held. */
function writeByPath(path: string, text: string, { replaces = false }: NewFileOptions): boolean {
  attempt("make", parentOf(path), () => fs.mkdirSync(parentOf(path), { recursive: true }));
  let fd: number;
  try {
    fd = fs.openSync(path, replaces ? "w" : "wx", 0o644);
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST") return false;
    throw systemError(thrown, "write", path);
  }
  try {
    attempt("write", path, () => fs.writeFileSync(fd, text));
    return true;
  } finally {
    fs.closeSync(fd);
  }
}
