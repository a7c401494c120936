import { after } from "../../base/maybe-promise.ts";
import type { FileFacts } from "../../engine/call/path-facts.ts";
import { normalPath, nameIn } from "../../base/path.ts";
import { isDigest, type Digest } from "../../base/digest.ts";
import { defineResource, type Restated, type Source } from "../../engine/resource.ts";
import {
  contents,
  flag,
  mode,
  object,
  optional,
  path,
  sourceFile,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import {
  fileMode,
  modeOrPreserve,
  ownershipFields,
  sourcePath,
  validateArgv,
  validateMistake,
  writeFields,
} from "../_files/fields.ts";
import { stated } from "../_files/file.ts";
import { placed, put, type Put } from "../_files/put.ts";
import { sourceTree } from "./_tree.ts";

const schema = object(
  {
    src: optional(
      sourceFile("File or directory on this machine, relative to the workflow file; a trailing slash: its contents."),
    ),
    content: optional(contents("Contents of the file, instead of `src`.")),
    dest: path("Absolute path; with a trailing slash, or when it is a directory, `src` goes into it."),
    ...ownershipFields,
    mode: modeOrPreserve,
    directory_mode: optional(
      mode("Permissions of the directories of a copied tree, and of directories made above it."),
    ),
    force: withDefault(flag("Replace what is there; `false` leaves alone whatever is there."), true),
    follow: withDefault(flag("Write to where a link at `dest` leads; else the link is replaced."), false),
    ...writeFields,
  },
  ({ src, content, dest, validate }) => {
    if ((src === undefined) === (content === undefined)) return "takes either 'src' or 'content'";
    if (!dest.startsWith("/")) return "'dest' must be an absolute path";
    if (content !== undefined && dest.endsWith("/")) return "'dest' must name a file when 'content' is given";
    return validateMistake(validate);
  },
);

type Asked = Props<typeof schema>;

/** One thing of a tree, or the one file: `dest` is where exactly it goes. */
type Copy = Asked & {
  readonly type?: "file" | "directory" | "link" | undefined;
  readonly target?: string | undefined;
  /** Directories missing above are made. */
  readonly parents?: boolean | undefined;
};

/** Keeps a file, or a tree of files, equal to one here or to given contents. */
export const copy = defineResource<Copy, Put, FileFacts>({
  ...put,
  name: "file_ops.copy",
  summary: "Copies a file or a directory, or writes given contents.",
  example: `
    -- A file from beside the workflow, with owner and mode from its first moment on.
    local conf = file_ops.copy{
        src = "files/app.conf",
        dest = "/etc/app/app.conf",
        owner = "root",
        mode = "0640",
        backup = true,
    }
    if conf.changed then
        systemd.restart{ name = "app" }
    end

    -- Contents made here, and a whole tree.
    file_ops.copy{ content = "Authorised use only.\\n", dest = "/etc/issue.net" }
    file_ops.copy{ src = "files/site/", dest = "/srv/www/site", directory_mode = "0755" }
  `,
  schema,

  expand(props, source, target) {
    const src = props.src === undefined ? undefined : sourcePath(source, props.src);
    const type = src === undefined ? undefined : source.stat(src)?.type;
    if (src !== undefined && type === "directory") return treeOf(props, src, source);
    return after(placed(props, source, target, type), (one) => [one]);
  },

  identity: (props) => props.dest,

  want(props, source) {
    const content = props.type === undefined || props.type === "file" ? heldContent(props, source) : undefined;
    return after(content, (digest) => wanted(props, digest, source));
  },

  undo: { ...put.undo, restate, contentOf },
});

function restate(name: string, facts: FileFacts | null, held?: Digest): Restated<Put, FileFacts> | null {
  const { type, mode, owner, group, target, inode } = facts ?? { type: "file" };
  if (type !== "file" && type !== "directory" && type !== "link") return null;
  const content = type === "file" ? (held ?? contentOf({ ...facts, type }) ?? undefined) : undefined;
  const want = stated({ path: name, type, content, target, parents: {}, exact: true });
  return {
    want,
    ...(inode !== undefined && { only: { ...want, inode } }),
    stated: stated({ type, content, target, ...(type === "link" ? ofLink(facts) : { mode, owner, group }) }),
  };
}

/** A link has no mode of its own: with one these are the facts of what it leads to, which is none of its business. */
function ofLink(facts: FileFacts | null): Pick<FileFacts, "owner" | "group"> {
  return facts?.mode === undefined ? { owner: facts?.owner, group: facts?.group } : {};
}

function contentOf({ type, content }: Partial<FileFacts>): Digest | null | undefined {
  if (type !== "file") return undefined;
  return content !== undefined && isDigest(content) ? content : null;
}

function wanted(props: Copy, content: Digest | undefined, source: Source): Put {
  const { type = "file", directory_mode, owner, group } = props;
  return stated({
    path: props.dest,
    type,
    content,
    target: props.target,
    mode: type === "file" ? fileMode(props, source) : type === "directory" ? directory_mode : undefined,
    owner,
    group,
    parents: props.parents ? stated({ mode: directory_mode, owner, group }) : undefined,
    keep: props.force ? undefined : true,
    follow: props.follow ? true : undefined,
    backup: props.backup ? true : undefined,
    validate: validateArgv(props.validate),
  });
}

/** All in a directory: with a trailing slash into `dest`, else into a directory of its name there. Links are followed. */
function treeOf(props: Copy, src: string, source: Source): readonly Copy[] {
  const outer = normalPath(props.dest);
  const top = props.src?.endsWith("/") ? outer : normalPath(`${outer}/${nameIn(src)}`);
  const common = { ...props, parents: true, follow: false };
  // These are only made: a copy into /etc must not give /etc another mode.
  const made = [...new Set([outer, top])].map((dest): Copy => ({
    ...common,
    src,
    dest,
    type: "directory",
    force: false,
  }));
  const below = sourceTree(source, src).map(({ name, type, path: from, target }): Copy => {
    const force = props.force || type === "directory";
    return { ...common, src: from, dest: normalPath(`${top}/${name}`), type, target, force };
  });
  return [...made, ...below];
}

function heldContent(props: Copy, source: Source): Digest | undefined | Promise<Digest> {
  if (props.content !== undefined) return source.hold(props.content);
  return props.src === undefined ? undefined : source.holdFile(props.src);
}
