import { nameIn, parentOf } from "../../base/path.ts";
import { digester, type Digest } from "../../base/digest.ts";
import { defineResource, type Inputs, type Source } from "../../engine/resource.ts";
import {
  absolutePath,
  integer,
  object,
  optional,
  sourceFile,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { FileStat, ReadSystem, System } from "../../system/system.ts";
import { readArchive, type ArchiveOptions, type Member } from "./_archive/archive.ts";
import { DEFAULT_LIMITS, limitFields, type Limits } from "./_archive/limits.ts";
import { sourcePath } from "../_files/fields.ts";
import { makeDirectories, missing, stated } from "../_files/file.ts";
import { MemberPlacer } from "./_archive/members.ts";
import { attributesFor, differs, partsOf, type Part } from "./_archive/parts.ts";

const schema = object({
  src: sourceFile(
    "The archive on this machine, relative to the workflow file: tar, tar.gz, tar.xz, tar.zst, tar.bz2 or zip.",
  ),
  dest: absolutePath("The directory it is unpacked into; it must be there."),
  strip: withDefault(integer("Leading directories taken off every name.", 0), 0),
  creates: optional(absolutePath("Nothing is done when this path is there.")),
  sha256: optional(textLike("SHA-256 of the archive.", /^(sha256:)?[0-9a-fA-F]{64}$/, "64 hexadecimal digits")),
  ...limitFields,
});

type Want = {
  readonly path: string;
  readonly archive: Digest;
  readonly name: string;
  readonly strip: number;
  readonly creates?: string;
  /** Where they are not the usual ones. */
  readonly limits?: Limits;
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
  example: `
    file_ops.directory{ path = "/srv/unpacked" }
    file_ops.unarchive{ src = "files/site.tar.gz", dest = "/srv/unpacked", strip = 1 }
  `,
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

  undo: {
    below: (want) => want.path,
    async remove(want, _actual, target) {
      for (const part of want.parts.toReversed()) await removePart(part, want, target);
    },
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
  const limits = { entries: props.max_entries, bytes: props.max_bytes, ratio: props.max_ratio };
  const parts = await partsOf(src, strip, { name, limits, signal: source.signal }, source);
  return stated({ path: dest, archive, name, strip, creates, limits: usual(limits) ? undefined : limits, parts });
}

function usual({ entries, bytes, ratio }: Limits): boolean {
  return entries === DEFAULT_LIMITS.entries && bytes === DEFAULT_LIMITS.bytes && ratio === DEFAULT_LIMITS.ratio;
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
  const placer = new MemberPlacer(want.name, want.strip);
  const partFor = chooser(want.parts);
  const last: (() => void)[] = [];
  const options: ArchiveOptions = { name: want.name, limits: want.limits ?? DEFAULT_LIMITS, signal: target.signal };
  for await (const member of readArchive(inputs.open(want.archive), options)) {
    const placed = placer.place(member);
    const part = placed === null ? undefined : partFor(placed.name);
    if (part === undefined || !(await differs(part, want.path, target))) continue;
    refuseLeadingOut(part, want, target);
    makeDirectories(target, parentOf(`${want.path}/${part.name}`), {});
    await put(part, member, want, target, last);
  }
  for (const finish of last.toReversed()) finish();
}

/** What becomes of the next member of a name: the part of that name if it is the one that counts, or one that has kept its contents. */
function chooser(parts: readonly Part[]): (name: string) => Part | undefined {
  const wanted = new Map<string, Part>();
  for (const part of parts) {
    const { name, earlier } = part.from ?? part;
    wanted.set(`${earlier ?? 0}/${name}`, part);
  }
  const passed = new Map<string, number>();
  return (name) => {
    const before = passed.get(name) ?? 0;
    passed.set(name, before + 1);
    return wanted.get(`${before}/${name}`);
  };
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
    const times = { atimeMs: Date.now(), mtimeMs: member.mtimeMs };
    return target.writeFile(at, member.contents, { mode: bits, owner, group, digest: part.content, times });
  }
  if (there === undefined) target.mkdir(at, { mode: (bits ?? 0o755) | 0o700, owner, group });
  else target.chown(at, owner, group);
  const made = target.lstat(at);
  last.push(() => bits !== undefined && setMode(at, bits, made, target));
}

/** Of the directory that was made: whatever has its name by now. */
function setMode(at: string, mode: number, made: FileStat | null, target: System): void {
  using place = target.place(at);
  if (place.stat?.ino !== made?.ino || place.stat?.dev !== made?.dev)
    throw new SlothError("E_CHANGED", `${at} was exchanged while it was unpacked`, { hint: "run again" });
  place.chmod(mode);
}

/** A link that was there before must not carry what is unpacked out of the directory, nor what a link of the archive leads to. */
function refuseLeadingOut(part: Part, { path: top, name: archive }: Want, target: ReadSystem): void {
  const real = target.realPath(top) ?? top;
  const refuse = (at: string): void => {
    const leads = target.realPath(at);
    if (leads === null || leads === real || leads.startsWith(`${real === "/" ? "" : real}/`)) return;
    throw new SlothError("E_ARCHIVE_UNSAFE", `${archive} is not unpacked: ${at} leads out of ${top}, to ${leads}`);
  };
  for (let at = parentOf(`${top}/${part.name}`); at.length > top.length; at = parentOf(at)) refuse(at);
  if (part.type === "link") refuse(`${parentOf(`${top}/${part.name}`)}/${part.target}`);
  if (part.type === "hardlink") refuse(parentOf(`${top}/${part.target}`));
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
