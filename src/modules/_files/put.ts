import { after } from "../../base/maybe-promise.ts";
import { type FileFacts, factsThrough, factsOf } from "../../engine/call/path-facts.ts";
import { normalPath, nameIn, parentOf } from "../../base/path.ts";
import type { Digest } from "../../base/digest.ts";
import type { Diff, Inputs, Source, TargetLook } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, FileAttributes, FileType, Place, ReadSystem, System } from "../../system/system.ts";
import {
  attributesOf,
  desiredOwnership,
  identified,
  isChanged,
  makeDirectories,
  missing,
  aPath,
  refuseOther,
  refuseOtherType,
  requireParent,
  setOwnership,
  type Ownership,
  undoMade,
} from "./file.ts";
import { sourcePath } from "./fields.ts";

/** One file, directory or link to be put at a path: what `copy` and `template` want. */
export type Put = Ownership & {
  readonly path: string;
  readonly type: "file" | "directory" | "link";
  /** Of a file. */
  readonly content?: Digest;
  /** Of a link. */
  readonly target?: string;
  /** Directories missing above it are made, like this; without it they must be there. */
  readonly parents?: Ownership;
  /** Left alone when anything is there. */
  readonly keep?: true;
  readonly follow?: true;
  /** The one that is put back, where somebody else could have exchanged it. */
  readonly inode?: string;
  /** What is at the path itself, also when a link leads to a directory: for undo. */
  readonly exact?: true;
  readonly backup?: true;
  readonly validate?: Argv;
};

interface Placeable {
  readonly src?: string | undefined;
  readonly dest: string;
}

type Placed<P> = P & { readonly parents?: boolean };

/**
 * With the absolute paths of the file it comes from (of type `known`) and of the one it makes: into `dest` when that is, or is meant as, a directory.
 */
export function placed<P extends Placeable>(
  props: P,
  source: Source,
  target: TargetLook,
  known?: FileType,
): Placed<P> | Promise<Placed<P>> {
  const { dest } = props;
  if (props.src === undefined) return { ...props, dest: normalPath(dest) };
  const src = sourcePath(source, props.src);
  const type = known ?? source.stat(src)?.type;
  if (type === undefined) throw missing(source, `src ${src} does not exist`, undefined, aPath(src));
  if (type !== "file") throw new SlothError("E_FILE_TYPE", `src ${src} is a ${type}, not a file`);
  const parents = dest.endsWith("/");
  return after(parents || target.isDirectory(dest), (into) => {
    return { ...props, src, dest: normalPath(into ? `${dest}/${nameIn(src)}` : dest), parents };
  });
}

/** All that `copy` and `template` do on the target. */
export const put = {
  kind: "file",
  version: 1,
  exclusive: ["content"],

  read(want: Put, target: ReadSystem): FileFacts | null | Promise<FileFacts> {
    if (follows(want)) return readFollowed(want, target);
    const stat = target.lstat(want.path);
    if (stat === null) return null;
    refuseOther(want.path, want.inode, stat);
    const facts = factsOf(target, stat, () => target.readLink(want.path));
    if (facts.type !== "file" || want.content === undefined || want.keep) return facts;
    return after(target.digest(want.path, want.content, stat), (content) => ({ ...facts, content }));
  },

  desired(want: Put, actual: FileFacts | null, target: ReadSystem): Partial<FileFacts> | "asis" {
    const { type, path, content, target: leadsTo } = want;
    if (want.keep && actual !== null && type === "file") return "asis";
    if (!(type === "file" && actual?.type === "link") && !(type === "link" && actual?.type === "file"))
      refuseOtherType(path, type, actual);
    if (want.keep && actual !== null) return "asis";
    const start = actual?.type === type ? actual : null;
    const fresh = { path, type: type === "directory" ? type : "file" } as const;
    // What is only made where nothing is may be anything later: its contents are not what it is kept at.
    return {
      type,
      content: want.keep ? undefined : content,
      target: leadsTo,
      ...desiredOwnership(want, start, target, fresh),
    };
  },

  async apply(want: Put, diff: Diff<FileFacts>, target: System, inputs: Inputs): Promise<void> {
    const isMade = isChanged(diff, "type", "content", "target");
    if (isMade && want.parents !== undefined) makeDirectories(target, parentOf(want.path), want.parents);
    else if (isMade) requireParent(target, want.path);
    using place = target.place(want.path, { follow: follows(want) });
    refuseOther(want.path, want.inode, place.stat);
    if (!isMade) return setOwnership(place, diff, target);
    const attributes = attributesOf(diff.desired);
    if (want.content !== undefined) await putFile(place, want, want.content, attributes, inputs);
    else if (want.target === undefined) place.mkdir(attributes);
    else place.symlink(want.target, attributes);
  },

  file: (want: Put): string | undefined => (want.type === "file" ? want.path : undefined),
  undo: undoMade,
} as const;

async function putFile(
  place: Place,
  { backup, validate }: Put,
  digest: Digest,
  attributes: FileAttributes,
  inputs: Inputs,
): Promise<void> {
  await place.writeFile(inputs.open(digest), { ...attributes, digest, backup, validate });
}

function readFollowed(want: Put, target: ReadSystem): FileFacts | null | Promise<FileFacts> {
  using found = target.look(want.path, { follow: true });
  refuseOther(want.path, want.inode, found.stat);
  const facts = identified(factsThrough(target, want.path, found), want, found, target);
  if (facts?.type !== "file" || want.content === undefined || want.keep) return facts;
  return after(found.digest(want.content), (content) => ({ ...facts, content }));
}

/** A directory is looked at through a link; a file only when it is asked for, and when the link leads somewhere. */
function follows(want: Put): boolean {
  return want.exact !== true && (want.follow === true || want.type === "directory");
}
