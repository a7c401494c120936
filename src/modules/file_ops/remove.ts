import type { FileFacts } from "../../engine/call/path-facts.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, object, type Props } from "../../engine/schema.ts";
import { readFacts } from "../_files/file.ts";

const schema = object(
  { path: absolutePath("File, link or directory; a directory goes with all that is in it.") },
  ({ path }) => (isSystems(path) ? `'path' ${path} is a directory the system needs; it is never removed` : undefined),
);

type Removed = { readonly path: string };

/** Keeps a path absent. A link goes, never what it leads to. */
export const remove = defineResource<Props<typeof schema>, Removed, FileFacts>({
  name: "file_ops.remove",
  kind: "file",
  version: 1,
  summary: "Removes a file, a link, or a directory with all that is in it.",
  example: 'file_ops.remove{ path = "/var/cache/app" }',
  schema,
  identity: (props) => props.path,
  want: ({ path }) => ({ path }),
  read(want, target) {
    const facts = readFacts(target, want.path);
    return facts?.type === "directory" ? { ...facts, entries: target.list(want.path).length } : facts;
  },
  desired: () => null,

  async apply({ path }, diff, target) {
    if (diff.actual?.type === "directory") return target.removeTree(path);
    target.unlink(path);
  },

  file: (want) => want.path,
});

const TOP = "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var".split(
  " ",
);
const BELOW = [
  "usr/bin",
  "usr/lib",
  "usr/lib64",
  "usr/local",
  "usr/sbin",
  "usr/share",
  "var/cache",
  "var/lib",
  "var/log",
  "var/tmp",
];
const KEPT: ReadonlySet<string> = new Set(["/", ...[...TOP, ...BELOW].map((name) => `/${name}`)]);

function isSystems(path: string): boolean {
  return KEPT.has(path);
}
