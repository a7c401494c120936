import type { FileFacts } from "../../engine/call/path-facts.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, flag, object, withDefault, type Props } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { aPath, missing, readFacts, requireParent, undoMade } from "../_files/file.ts";

const schema = object({
  src: absolutePath("The file that is to have one more name; a link is followed."),
  dest: absolutePath("That name."),
  force: withDefault(flag("Replace another file that is there."), false),
});

type HardLink = { readonly path: string; readonly src: string; readonly force: boolean };

/** Keeps two names of one file. */
export const hardlink = defineResource<Props<typeof schema>, HardLink, FileFacts>({
  name: "file_ops.hardlink",
  kind: "file",
  version: 1,
  summary: "Keeps a second name of a file.",
  example: `
    file_ops.copy{ content = "one\\n", dest = "/srv/one" }
    file_ops.hardlink{ src = "/srv/one", dest = "/srv/also-one" }
  `,
  schema,
  identity: (props) => props.dest,
  want: ({ src, dest, force }) => ({ path: dest, src, force }),

  read({ path, src }, target) {
    const facts = readFacts(target, path);
    using end = target.look(src, { follow: true });
    const [ours, theirs] = [target.lstat(path), end.stat];
    const same = ours !== null && theirs !== null && ours.ino === theirs.ino && ours.dev === theirs.dev;
    return facts === null || !same ? facts : { ...facts, hardlink_of: src };
  },

  desired({ path, src, force }, actual, target) {
    using end = target.look(src, { follow: true });
    const type = end.stat?.type;
    if (type === undefined) throw missing(target, `src ${src} does not exist`, undefined, aPath(src));
    if (type === "directory") throw new SlothError("E_FILE_TYPE", `src ${src} is a directory, which has one name only`);
    const other = actual !== null && actual["hardlink_of"] !== src;
    if (other && (!force || actual.type === "directory"))
      throw new SlothError("E_FILE_TYPE", `${path} is another ${actual.type}`, {
        hint: actual.type === "directory" ? undefined : "force = true replaces it",
      });
    return { type, hardlink_of: src };
  },

  async apply({ path, src }, _diff, target) {
    requireParent(target, path);
    target.hardlink(src, path, { follow: true });
  },

  file: (want) => want.path,
  undo: undoMade,
});
