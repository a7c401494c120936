import { normalPath } from "../../base/path-text.ts";

/** The directory a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Its last name, also with a trailing slash. */
export function nameIn(path: string): string {
  const whole = path.replace(/\/+$/, "");
  return whole.slice(whole.lastIndexOf("/") + 1);
}

/** A path seen from a directory, absolute and normal. */
export function pathFrom(directory: string, path: string): string {
  return normalPath(path.startsWith("/") ? path : `${directory}/${path}`);
}
