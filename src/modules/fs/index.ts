import { defineQuery, type ModuleDefinition } from "../../engine/resource.ts";
import { nameValue } from "../_kit/bytes.ts";
import { isThere } from "../_kit/paths.ts";
import { pathOn, pathSchema, toPresence, type PathWant } from "../_files/named-path.ts";
import { read } from "../_files/read.ts";
import { write } from "./write.ts";

const exists = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.exists",
  summary: "Whether something is at a path; a link counts, wherever it leads.",
  example: `
    if fs.exists("/etc/app/app.conf") then
        print("there is a configuration")
    end
  `,
  schema: pathSchema,
  positional: ["path"],
  returns: "boolean",
  want: toPresence,
  read: (want, target) => isThere(pathOn(want, target), target),
});

const list = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.list",
  summary: "The names in a directory, sorted by their bytes.",
  example: `
    for _, name in ipairs(fs.list("/etc/app")) do
        print(name)
    end
  `,
  schema: pathSchema,
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
