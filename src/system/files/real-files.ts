import { attempt, errnoOf } from "../system-error.ts";
import * as change from "./change.ts";
import type { BaseLooks, FilePlace, Files } from "./files.ts";
import * as judged from "./judged.ts";
import * as look from "./look.ts";
import { Place } from "./place.ts";
import * as contents from "./read-contents.ts";
import { lookAt } from "./real-look.ts";
import { RealPlace, type Surroundings } from "./real-place.ts";
import { removeLeftovers } from "./temporary.ts";
import { Written } from "./written.ts";

/** For looking only. */
export const realLooks: BaseLooks = {
  lstat: look.lstat,
  stat: judged.stat,
  readLink: look.readLink,
  realPath: look.realPath,
  list: judged.list,
  refused: look.refused,
  readFile: contents.readFile,
  stream: contents.stream,
  digest: (path, key, signal, seen) => contents.digest(path, key, signal, { seen }),
  look: lookAt,
};

/** The files of this machine. `touched` hears of each directory in which a name was made, moved or removed. */
export function realFiles(umask: number, touched: (directory: string) => void): Files {
  const swept = new Set<string>();
  const written = new Written();
  const surroundings: Surroundings = {
    umask,
    written,
    touched,
    sweep: (place) => {
      if (swept.has(place.directory)) return;
      swept.add(place.directory);
      removeLeftovers(place);
    },
  };
  const place = (path: string, follow: boolean): FilePlace => new RealPlace(Place.at(path, follow), surroundings);
  return {
    ...realLooks,
    digest: (path, key, signal, seen) => written.find(path, key) ?? contents.digest(path, key, signal, { seen }),
    place: (path, follow, verb = "change") => attempt(verb, path, () => place(path, follow)),
    hardlink: (existing, path, follow) =>
      attempt("make the hard link", path, () => {
        using to = Place.at(path);
        using from = placeOf(existing, path, follow);
        surroundings.sweep(to);
        change.hardlink(from, to);
        touched(to.directory);
      }),
    rename: (from, to) =>
      attempt("rename", from, () => {
        using source = Place.at(from);
        using target = Place.at(to);
        change.rename(source, target);
        touched(source.directory);
        touched(target.directory);
      }),
  };
}

/** Where there is no way to it, there is nothing to link. */
function placeOf(existing: string, path: string, follow: boolean): Place {
  try {
    return Place.at(existing, follow);
  } catch (error) {
    if (["ENOENT", "ENOPARENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw change.nothingToLink(existing, path);
    throw error;
  }
}
