import { normalPath, nameIn, parentOf } from "../../base/path.ts";
import type { Digest } from "../../base/digest.ts";
import type { Diff, Inputs, Source, TargetLook } from "../../engine/resource.ts";
import { after } from "../../engine/call/steps.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, FileType, ReadSystem, System } from "../../system/system.ts";
import {
  attributesOf,
  desiredOwnership,
  followed,
  isChanged,
  makeDirectories,
  readFacts,
  refuseOtherType,
  removeMade,
  requireParent,
  setOwnership,
  type FileFacts,
  type Ownership,
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
  if (type === undefined) throw new SlothError("E_NOT_FOUND", `src ${src} does not exist`);
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
    const path = placeOf(want, target);
    const facts = readFacts(target, path);
    if (facts?.type !== "file" || want.content === undefined || want.keep) return facts;
    return after(target.digest(path, want.content), (content) => ({ ...facts, content }));
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
    const path = placeOf(want, target);
    if (!isChanged(diff, "type", "content", "target")) return setOwnership(target, path, diff);
    if (want.parents !== undefined) makeDirectories(target, parentOf(path), want.parents);
    else requireParent(target, path);
    const attributes = attributesOf(diff.desired);
    if (want.content !== undefined) return putFile(path, want, want.content, attributes, target, inputs);
    if (want.target === undefined) return target.mkdir(path, attributes);
    target.symlink(want.target, path);
    target.chown(path, attributes.owner, attributes.group);
  },

  file: (want: Put): string | undefined => (want.type === "file" ? want.path : undefined),
  remove: removeMade,
} as const;

async function putFile(
  path: string,
  want: Put,
  digest: Digest,
  attributes: ReturnType<typeof attributesOf>,
  target: System,
  inputs: Inputs,
): Promise<void> {
  const { backup, validate } = want;
  await target.writeFile(path, inputs.open(digest), { ...attributes, digest, backup, validate });
}

/** A directory is looked at through a link; a file only when it is asked for, and when the link leads somewhere. */
function placeOf(want: Put, target: ReadSystem): string {
  return want.follow || want.type === "directory" ? followed(target, want.path) : want.path;
}
