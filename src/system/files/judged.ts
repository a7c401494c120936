import fs from "node:fs";
import { Errno, attempt, errnoOf, systemError } from "../system-error.ts";
import type { FileStat } from "../system.ts";
import * as look from "./look.ts";
import { isKernels, isOwnDirectory, isOwnWay } from "./own-ways.ts";
import { Place } from "./place.ts";

/*
 * Looks that follow links, only such as a change would be led by: nobody shows or hands on by a link of theirs what they could not have
 * read. The kernel goes where it can be led by nobody else, which is the usual case.
 */

/** null: nothing is there, or a link that leads nowhere. */
export function stat(path: string): FileStat | null {
  if (isKernels(path)) return look.stat(path);
  const seen = isOwnWay(path) ? look.lstat(path) : undefined;
  if (seen !== undefined && seen?.type !== "link") return seen;
  try {
    using place = Place.at(path, true);
    return place.found === undefined || place.found.isSymbolicLink() ? null : look.toFileStat(place.found);
  } catch (error) {
    if (NO_WAY.has(errnoOf(error) ?? "")) return null;
    throw systemError(error, "look at", path);
  }
}

export function list(path: string): readonly string[] {
  if (isKernels(path) || isOwnDirectory(path)) return look.list(path);
  return attempt("list", path, () => withFollowed(path, (held) => look.list(path, held)));
}

/** Does something with what a path leads to. */
export function withFollowed<T>(path: string, use: (held: string) => T): T {
  try {
    using place = Place.at(path, true);
    // It leads nowhere, or in a circle: the kernel says which.
    if (place.found?.isSymbolicLink() === true) fs.statSync(place.name);
    return use(place.held);
  } catch (error) {
    throw errnoOf(error) === "ENOPARENT" ? new Errno("ENOENT") : error;
  }
}

const NO_WAY: ReadonlySet<string> = new Set(["ENOENT", "ENOPARENT", "ENOTDIR"]);
