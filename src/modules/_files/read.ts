import { defineQuery } from "../../engine/resource.ts";
import { bytesValue } from "../_kit/bytes.ts";
import { pathOn, pathSchema, toContents, type PathWant } from "./named-path.ts";

export const read = defineQuery<{ readonly path: string }, PathWant>({
  name: "fs.read",
  summary: "The contents of a file, byte for byte.",
  example: `
    local release = fs.read("/etc/os-release")
    print(release:match('PRETTY_NAME="([^"]*)"'))
  `,
  schema: pathSchema,
  positional: ["path"],
  returns: "string",
  want: toContents,
  read: (want, target) => bytesValue(target.readFile(pathOn(want, target))),
});
