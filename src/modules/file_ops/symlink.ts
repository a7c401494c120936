import { type FileFacts, factsAt } from "../../engine/call/path-facts.ts";
import { parentOf, pathFrom } from "../../base/path.ts";
import { defineResource, type Diff } from "../../engine/resource.ts";
import { absolutePath, flag, object, path, withDefault, type Props } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  attributesOf,
  desiredOwnership,
  isChanged,
  missing,
  readFacts,
  requireParent,
  setOwnership,
  stated,
  type Ownership,
  undoMade,
  aPath,
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
  example: 'file_ops.symlink{ src = "/usr/share/zoneinfo/UTC", dest = "/etc/app/zone" }',
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
    if (link?.type !== "link" || !isOfEnd(want)) return link;
    using end = target.look(endOf(want), { follow: true });
    const { mode, owner, group } = factsAt(target, end) ?? link;
    return { ...link, mode, owner, group };
  },

  desired(want, actual, target) {
    const leads = endOf(want);
    if (target.lstat(leads) === null && !want.force)
      throw missing(
        target,
        `src ${leads} does not exist`,
        "force = true makes a link that leads nowhere",
        aPath(leads),
      );
    refuseReplacing(want, actual, target);
    if (!want.follow && want.mode !== undefined)
      throw new SlothError("E_FIELD", "'mode' needs 'follow': a link has no mode of its own");
    return { type: "link", target: want.target, ...ownershipOf(want, actual, target) };
  },

  async apply(want, diff, target) {
    const isMade = isChanged(diff, "type", "target");
    if (isMade) putLink(want, diff, target);
    if (want.follow ? !isOfEnd(want) : isMade) return;
    using place = target.place(want.follow ? endOf(want) : want.path, { follow: want.follow });
    const { target: _leads, type: _type, ...actual } = diff.actual ?? {};
    setOwnership(place, { ...diff, actual: { ...actual, type: place.stat?.type ?? "" } }, target);
  },

  file: (want) => want.path,
  undo: undoMade,
});

function putLink(want: Link, diff: Diff<FileFacts>, target: System): void {
  requireParent(target, want.path);
  if (diff.actual?.type === "directory") target.unlink(want.path);
  const { owner, group } = want.follow ? {} : attributesOf(diff.desired);
  target.symlink(want.target, want.path, { owner, group });
}

/** Where it is to lead, by name: whatever the link is exchanged for. */
function endOf(want: Link): string {
  return pathFrom(parentOf(want.path), want.target);
}

/** Mode, owner and group are stated, of what it leads to. */
function isOfEnd({ follow, mode, owner, group }: Link): boolean {
  return follow === true && (mode !== undefined || owner !== undefined || group !== undefined);
}

function ownershipOf(want: Link, actual: FileFacts | null, target: ReadSystem): ReturnType<typeof desiredOwnership> {
  const path = endOf(want);
  if (!want.follow) return desiredOwnership(want, actual, target, { path, type: "file" });
  if (!isOfEnd(want)) return {};
  using end = target.look(path, { follow: true });
  return end.stat === null ? {} : desiredOwnership(want, factsAt(target, end), target, { path, type: "file" });
}

function refuseReplacing({ path: at, force }: Link, actual: FileFacts | null, target: ReadSystem): void {
  if (actual === null || actual.type === "link") return;
  if (actual.type === "directory" && force && target.list(at).length > 0)
    throw new SlothError("E_NOT_EMPTY", `${at} is a directory with something in it, no link is put in its place`);
  if (force && (actual.type === "directory" || actual.type === "file")) return;
  throw new SlothError("E_FILE_TYPE", `${at} is a ${actual.type}, not a link`, {
    hint: actual.type === "file" || actual.type === "directory" ? "force = true replaces it" : undefined,
  });
}
