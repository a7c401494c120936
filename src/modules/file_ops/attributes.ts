import { type FileFacts, factsThrough } from "../../engine/call/path-facts.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, flag, object, withDefault, type Props } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  desiredOwnership,
  identified,
  isChanged,
  missing,
  setOwnership,
  stated,
  type Ownership,
  aPath,
} from "../_files/file.ts";
import { countDiffering, setBelow } from "./_walk.ts";

const schema = object(
  {
    path: absolutePath("What is there already."),
    ...ownershipFields,
    recurse: withDefault(flag("Of a directory: of all below it as well; never through links."), false),
    follow: withDefault(flag("Of what a link leads to; else owner and group of the link itself."), true),
  },
  ({ mode, owner, group }) =>
    mode === undefined && owner === undefined && group === undefined ? "needs 'mode', 'owner' or 'group'" : undefined,
);

type Attributes = Ownership & { readonly path: string; readonly recurse?: true; readonly follow?: true };

/** Keeps mode, owner and group of what something else made. */
export const attributes = defineResource<Props<typeof schema>, Attributes, FileFacts>({
  name: "file_ops.attributes",
  kind: "file",
  version: 1,
  summary: "Keeps mode, owner and group of a file or directory that is there already.",
  example: 'file_ops.attributes{ path = "/etc/app/app.conf", group = "adm", mode = "u=rw,g=r,o=" }',
  schema,
  identity: (props) => props.path,
  want: ({ recurse, follow, ...props }) =>
    stated({ ...props, recurse: recurse ? true : undefined, follow: follow ? true : undefined }),

  async read(want, target) {
    using found = target.look(want.path, { follow: want.follow });
    const facts = identified(factsThrough(target, want.path, found), want, found, target);
    if (!want.recurse || facts?.type !== "directory") return facts;
    return { ...facts, differing: await countDiffering(found, want, target) };
  },

  desired(want, actual, target) {
    if (actual === null) throw missing(target, `${want.path} does not exist`, "make it before", aPath(want.path));
    if (actual.type === "link" && want.mode !== undefined)
      throw new SlothError("E_FILE_TYPE", `${want.path} is a link that has no mode of its own`);
    const ownership = desiredOwnership(want, actual, target, { path: want.path, type: "file" });
    return { ...ownership, differing: want.recurse && actual.type === "directory" ? 0 : undefined };
  },

  async apply(want, diff, target) {
    using place = target.place(want.path, { follow: want.follow });
    setOwnership(place, diff, target);
    if (isChanged(diff, "differing")) await setBelow(place, want, target);
  },

  // Whoever writes it later: what it held before the stack is known from here on.
  file: (want) => want.path,
});
