import { type FileFacts, factsThrough } from "../../engine/call/path-facts.ts";
import { parentOf } from "../../base/path.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, flag, object, withDefault, type Props } from "../../engine/schema.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  attributesOf,
  desiredOwnership,
  identified,
  isChanged,
  makeDirectories,
  refuseOtherType,
  setOwnership,
  stated,
  type Ownership,
  undoMade,
} from "../_files/file.ts";
import { countDiffering, setBelow } from "./_walk.ts";

const schema = object({
  path: absolutePath("The directory; missing ones above it are made like it."),
  ...ownershipFields,
  recurse: withDefault(flag("Give mode, owner and group to all below it as well; never through links."), false),
});

type Directory = Ownership & { readonly path: string; readonly recurse?: true };

/** Keeps a directory, through a link where there is one. `differing` counts what is below it and not as asked. */
export const directory = defineResource<Props<typeof schema>, Directory, FileFacts>({
  name: "file_ops.directory",
  kind: "file",
  version: 1,
  summary: "Keeps a directory with the given mode, owner and group.",
  example: 'file_ops.directory{ path = "/srv/app/data", owner = "www-data", group = "www-data", mode = "0750" }',
  schema,
  identity: (props) => props.path,
  want: ({ recurse, ...props }) => stated({ ...props, recurse: recurse ? true : undefined }),

  async read(want, target) {
    using found = target.look(want.path, { follow: true });
    const facts = identified(factsThrough(target, want.path, found), want, found, target);
    if (!want.recurse || facts?.type !== "directory") return facts;
    return { ...facts, differing: await countDiffering(found, want, target) };
  },

  desired(want, actual, target) {
    refuseOtherType(want.path, "directory", actual);
    const ownership = desiredOwnership(want, actual, target, { path: want.path, type: "directory" });
    return { type: "directory", ...ownership, differing: want.recurse && actual !== null ? 0 : undefined };
  },

  async apply(want, diff, target) {
    if (isChanged(diff, "type")) makeDirectories(target, parentOf(want.path), want);
    using place = target.place(want.path, { follow: true });
    if (isChanged(diff, "type")) return place.mkdir(attributesOf(diff.desired));
    setOwnership(place, diff, target);
    if (isChanged(diff, "differing")) await setBelow(place, want, target);
  },

  undo: undoMade,
});
