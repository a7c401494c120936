import { defineQuery, type ModuleDefinition, type Source, type SourceUse } from "../../engine/resource.ts";
import { object, path } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { bytesValue, nameValue } from "../_kit/bytes.ts";
import { besideWorkflow, isThere } from "../_kit/paths.ts";
import { write } from "./write.ts";

const schema = object({ path: path("The path; a relative one starts at the workflow's directory.") });

type PathWant = { readonly path: string; readonly relative: boolean };

const read = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.read",
  summary: "The contents of a file, byte for byte.",
  schema,
  positional: ["path"],
  returns: "string",
  want: toContents,
  read: (want, target) => bytesValue(target.readFile(pathOn(want, target))),
});

const exists = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.exists",
  summary: "Whether something is at a path; a link counts, wherever it leads.",
  schema,
  positional: ["path"],
  returns: "boolean",
  want: toPresence,
  read: (want, target) => isThere(pathOn(want, target), target),
});

const list = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.list",
  summary: "The names in a directory, sorted by their bytes.",
  schema,
  positional: ["path"],
  returns: "string[]",
  want: toPresence,
  read: (want, target) => target.list(pathOn(want, target)).map(nameValue),
});

export const fs: ModuleDefinition = {
  name: "fs",
  summary: "Files to look at and decide by, and a short way to write one.",
  functions: [read, write, exists, list],
};

function toContents(props: { readonly path: string }, source: Source): PathWant {
  return toWant(props.path, source, "contents");
}

/** Whose contents nobody asks for: a bundle brings the names alone. */
function toPresence(props: { readonly path: string }, source: Source): PathWant {
  return toWant(props.path, source, "presence");
}

function toWant(given: string, source: Source, use: SourceUse): PathWant {
  const path = besideWorkflow(given, source);
  const relative = !given.startsWith("/");
  return { path: relative ? source.locate(path, use) : path, relative };
}

function pathOn(want: PathWant, target: ReadSystem): string {
  if (!want.relative || target.host === "local") return want.path;
  throw new SlothError("E_FIELD", "'path' must be absolute on another host: a relative one starts at the workflow");
}
