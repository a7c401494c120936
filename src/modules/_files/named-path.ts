import type { Source, SourceUse } from "../../engine/resource.ts";
import { object, path } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { besideWorkflow } from "../_kit/paths.ts";

export const pathSchema = object({ path: path("The path; a relative one starts at the workflow's directory.") });

/** A path that was named; a relative one is of the workflow's machine. */
export type PathWant = { readonly path: string; readonly relative: boolean };

export function toContents(props: { readonly path: string }, source: Source): PathWant {
  return toWant(props.path, source, "contents");
}

/** Whose contents nobody asks for: a bundle brings the names alone. */
export function toPresence(props: { readonly path: string }, source: Source): PathWant {
  return toWant(props.path, source, "presence");
}

function toWant(given: string, source: Source, use: SourceUse): PathWant {
  const path = besideWorkflow(given, source);
  const relative = !given.startsWith("/");
  return { path: relative ? source.locate(path, use) : path, relative };
}

export function pathOn(want: PathWant, target: ReadSystem): string {
  if (!want.relative || target.host === "local") return want.path;
  throw new SlothError("E_FIELD", "'path' must be absolute on another host: a relative one starts at the workflow");
}
