import type { FileFacts } from "../../engine/call/path-facts.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, contents, object, type Contents } from "../../engine/schema.ts";
import { ownershipFields } from "../_files/fields.ts";
import { stated } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";

interface WriteProps {
  readonly path: string;
  readonly content: Contents;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** Short for file_ops.copy with `content`; follows a link at its path, as writing does. */
export const write = defineResource<WriteProps, Put, FileFacts>({
  ...put,
  name: "fs.write",
  summary: "Keeps a file with these contents. For scratch files that change within a run: Lua's `io.open`.",
  example: `
    fs.write{ path = "/etc/motd", content = "Welcome.\\n", mode = "0644" }
  `,
  schema: object({
    path: absolutePath("Absolute path of the file; its directory has to be there."),
    content: contents("The whole contents; may be a secret."),
    ...ownershipFields,
  }),
  identity: (props) => props.path,
  want: ({ path, content, mode, owner, group }, source) =>
    stated({ path, type: "file", content: source.hold(content), mode, owner, group, follow: true }),
});
