import { parentOf, pathFrom } from "../../base/path.ts";
import { defineResource } from "../../engine/resource.ts";
import { absolutePath, flag, object, path, withDefault, type Props } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  desiredOwnership,
  followed,
  isChanged,
  missing,
  readFacts,
  removeMade,
  requireParent,
  setOwnership,
  stated,
  type FileFacts,
  type Ownership,
} from "../_files/file.ts";

const schema = object({
  src: path("Where the link leads: absolute, or seen from the directory the link is in."),
  dest: absolutePath("The link."),
  ...ownershipFields,
  force: withDefault(flag("Replace a file or an empty directory, and let the link lead nowhere."), false),
  follow: withDefault(
    flag("Mode, owner and group are those of what the link leads to; else owner and group of the link."),
    true,
  ),
});

type Link = Ownership & {
  readonly path: string;
  readonly target: string;
  readonly force?: true;
  readonly follow?: true;
};

/** Keeps a symbolic link. */
export const symlink = defineResource<Props<typeof schema>, Link, FileFacts>({
  name: "file_ops.symlink",
  kind: "file",
  version: 1,
  summary: "Keeps a symbolic link.",
  schema,
  identity: (props) => props.dest,
  want: ({ src, dest, force, follow, mode, owner, group }) =>
    stated({
      path: dest,
      target: src,
      mode,
      owner,
      group,
      force: force ? true : undefined,
      follow: follow ? true : undefined,
    }),

  read(want, target) {
    const link = readFacts(target, want.path);
    if (link?.type !== "link" || !want.follow) return link;
    const { mode, owner, group } = readFacts(target, followed(target, want.path)) ?? link;
    return { ...link, mode, owner, group };
  },

  desired(want, actual, target) {
    const leads = pathFrom(parentOf(want.path), want.target);
    const end = readFacts(target, target.realPath(leads) ?? leads);
    if (end === null && !want.force)
      throw missing(target, `src ${leads} does not exist`, "force = true makes a link that leads nowhere");
    refuseReplacing(want, actual, target);
    if (!want.follow && want.mode !== undefined)
      throw new SlothError("E_FIELD", "'mode' needs 'follow': a link has no mode of its own");
    const whose = want.follow ? end : actual;
    const owned =
      want.follow && end === null ? {} : desiredOwnership(want, whose, target, { path: leads, type: "file" });
    return { type: "link", target: want.target, ...owned };
  },

  async apply(want, diff, target) {
    if (isChanged(diff, "type", "target")) {
      requireParent(target, want.path);
      if (diff.actual?.type === "directory") target.unlink(want.path);
      target.symlink(want.target, want.path);
    }
    setOwnership(target, want.follow ? followed(target, want.path) : want.path, diff);
  },

  remove: removeMade,
});

function refuseReplacing({ path: at, force }: Link, actual: FileFacts | null, target: ReadSystem): void {
  if (actual === null || actual.type === "link") return;
  if (actual.type === "directory" && force && target.list(at).length > 0)
    throw new SlothError("E_NOT_EMPTY", `${at} is a directory with something in it, no link is put in its place`);
  if (force && (actual.type === "directory" || actual.type === "file")) return;
  throw new SlothError("E_FILE_TYPE", `${at} is a ${actual.type}, not a link`, {
    hint: actual.type === "file" || actual.type === "directory" ? "force = true replaces it" : undefined,
  });
}
