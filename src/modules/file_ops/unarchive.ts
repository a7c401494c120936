import { nameIn, parentOf } from "../../base/path.ts";
import { digester, type Digest } from "../../base/digest.ts";
import { defineResource, type Inputs, type Source } from "../../engine/resource.ts";
import {
  absolutePath,
  integer,
  object,
  optional,
  path,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { readArchive, type Member } from "./_archive.ts";
import { sourcePath } from "../_files/fields.ts";
import { makeDirectories, missing, stated } from "../_files/file.ts";
import { memberPlacer } from "./_members.ts";
import { attributesFor, differs, partsOf, type Part } from "./_parts.ts";

const schema = object({
  src: path(
    "The archive on this machine, relative to the workflow file: tar, tar.gz, tar.xz, tar.zst, tar.bz2 or zip.",
  ),
  dest: absolutePath("The directory it is unpacked into; it must be there."),
  strip: withDefault(integer("Leading directories taken off every name.", 0), 0),
  creates: optional(absolutePath("Nothing is done when this path is there.")),
  sha256: optional(textLike("SHA-256 of the archive.", /^(sha256:)?[0-9a-fA-F]{64}$/, "64 hexadecimal digits")),
});

type Want = {
  readonly path: string;
  readonly archive: Digest;
  readonly name: string;
  readonly strip: number;
  readonly creates?: string;
  readonly parts: readonly Part[];
};
type ArchiveFacts = {
  /** How many members are missing or not as in the archive. */
  readonly differing: number;
};

/** Keeps what an archive holds unpacked in a directory. All of it is checked before anything is written. */
export const unarchive = defineResource<Props<typeof schema>, Want, ArchiveFacts>({
  name: "file_ops.unarchive",
  kind: "archive",
  version: 1,
  summary: "Unpacks an archive into a directory.",
  schema,
  identity: (props) => `${props.dest}: ${nameIn(props.src)}`,
  want: wanted,

  async read(want, target) {
    if (isCreated(want, target)) return { differing: 0 };
    let differing = 0;
    for (const part of want.parts) if (await differs(part, want.path, target)) differing++;
    const none = want.parts.every(({ name }) => target.lstat(`${want.path}/${name}`) === null);
    return none && want.parts.length > 0 ? null : { differing };
  },

  desired(want, _actual, target) {
    if (isCreated(want, target)) return "asis";
    if (target.stat(want.path)?.type !== "directory")
      throw missing(
        target,
        `directory ${want.path} does not exist`,
        `declare it before with file_ops.directory{path = "${want.path}"}`,
      );
    return { differing: 0 };
  },

  async apply(want, _diff, target, inputs) {
    await unpack(want, target, inputs);
  },

  async remove(want, _actual, target) {
    for (const part of want.parts.toReversed()) await removePart(part, want, target);
  },
});

function isCreated({ creates }: Want, target: ReadSystem): boolean {
  return creates !== undefined && target.lstat(creates) !== null;
}

async function wanted(props: Props<typeof schema>, source: Source): Promise<Want> {
  const { dest, strip, creates } = props;
  const src = sourcePath(source, props.src);
  const type = source.stat(src)?.type;
  if (type !== "file")
    throw new SlothError(
      "E_NOT_FOUND",
      `src ${src} ${type === undefined ? "does not exist" : `is a ${type}, not a file`}`,
    );
  const archive = await source.holdFile(src);
  await checkSum(src, props.sha256, source);
  const name = nameIn(src);
  return stated({ path: dest, archive, name, strip, creates, parts: await partsOf(src, name, strip, source) });
}

async function checkSum(src: string, sha256: string | undefined, source: Source): Promise<void> {
  if (sha256 === undefined) return;
  const sum = digester();
  for await (const chunk of source.stream(src)) sum.update(chunk);
  const found = sum.finish();
  const expected = sha256.toLowerCase().replace(/^(sha256:)?/, "sha256:");
  if (found !== expected) throw new SlothError("E_CHECKSUM", `${src} has ${found}, expected ${expected}`);
}

async function unpack(want: Want, target: System, inputs: Inputs): Promise<void> {
  const placeFor = memberPlacer(want.name, want.strip);
  const parts = new Map(want.parts.map((part) => [part.name, part]));
  const passed = new Map<string, number>();
  const last: (() => void)[] = [];
  for await (const member of readArchive(inputs.open(want.archive), want.name)) {
    const placed = placeFor(member);
    const part = placed === null ? undefined : parts.get(placed.name);
    if (part === undefined) continue;
    const before = passed.get(part.name) ?? 0;
    passed.set(part.name, before + 1);
    if (before < (part.earlier ?? 0) || !(await differs(part, want.path, target))) continue;
    refuseLeadingOut(part.name, want, target);
    makeDirectories(target, parentOf(`${want.path}/${part.name}`), {});
    await put(part, member, want, target, last);
  }
  for (const finish of last.toReversed()) finish();
}

/** Directories get their modes last, so that what is in one that nobody may write to can be written. */
async function put(
  part: Part,
  member: Member,
  { path: top }: Want,
  target: System,
  last: (() => void)[],
): Promise<void> {
  const at = `${top}/${part.name}`;
  const { mode, owner, group } = attributesFor(part, target);
  const there = target.lstat(at)?.type;
  if (part.type === "link") return target.symlink(part.target ?? "", at);
  if (part.type === "hardlink") return target.hardlink(`${top}/${part.target}`, at);
  const bits = mode === undefined ? undefined : Number.parseInt(mode, 8);
  if (part.type === "file") {
    await target.writeFile(at, member.contents, { mode: bits, owner, group, digest: part.content });
    return target.utimes(at, Date.now(), member.mtimeMs);
  }
  if (there === undefined) target.mkdir(at, { mode: (bits ?? 0o755) | 0o700, owner, group });
  else target.chown(at, owner, group);
  last.push(() => bits !== undefined && target.chmod(at, bits));
}

/** A link that was there before must not carry what is unpacked out of the directory. */
function refuseLeadingOut(name: string, { path: top, name: archive }: Want, target: ReadSystem): void {
  const real = target.realPath(top) ?? top;
  for (let at = parentOf(`${top}/${name}`); at.length > top.length; at = parentOf(at)) {
    const leads = target.realPath(at);
    if (leads === null || leads === real || leads.startsWith(`${real === "/" ? "" : real}/`)) continue;
    throw new SlothError("E_ARCHIVE_UNSAFE", `${archive} is not unpacked: ${at} leads out of ${top}, to ${leads}`);
  }
}

async function removePart(part: Part, want: Want, target: System): Promise<void> {
  const at = `${want.path}/${part.name}`;
  const type = target.lstat(at)?.type;
  if (type === undefined) return;
  if (type === "directory") {
    if (part.type === "directory" && target.list(at).length === 0) target.unlink(at);
    return;
  }
  if (!(await differs(part, want.path, target)) || part.type === "hardlink") target.unlink(at);
}
