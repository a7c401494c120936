import { type FileFacts, factsOf, octal } from "../../../engine/call/path-facts.ts";
import { digester, type Digest } from "../../../base/digest.ts";
import type { Source } from "../../../engine/resource.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { readArchive, type ArchiveOptions, type Member } from "./archive.ts";
import { stated } from "../../_files/file.ts";
import { MemberPlacer, type Placed } from "./members.ts";

/** One member as it is to be: what is recorded and compared, without contents. */
export type Part = {
  readonly name: string;
  readonly type: "file" | "directory" | "link" | "hardlink";
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly content?: Digest;
  readonly target?: string;
  /** How many members of this name come before the one that counts, the last. */
  readonly earlier?: number;
  /** Its contents are those of another member, of the one that has as many of its name before it: a hard link to what was replaced later. */
  readonly from?: { readonly name: string; readonly earlier: number };
};

/** What an archive holds. Directories that are only implied by names below them are not listed. */
export async function partsOf(
  src: string,
  strip: number,
  options: ArchiveOptions,
  source: Source,
): Promise<readonly Part[]> {
  const placer = new MemberPlacer(options.name, strip);
  const parts = new Map<string, Part>();
  const hardlinks = new Map<string, Set<string>>();
  for await (const member of readArchive(source.stream(src), options)) {
    const placed = placer.place(member);
    if (placed === null || member.type === "other") continue;
    const before = parts.get(placed.name);
    if (before !== undefined) cutLoose(before, hardlinks, parts);
    parts.delete(placed.name);
    parts.set(placed.name, await partOf(placed, member, before, source));
    if (member.type === "hardlink")
      hardlinks.set(placed.target, (hardlinks.get(placed.target) ?? new Set()).add(placed.name));
  }
  placer.refuseWaysOut();
  return [...parts.values()];
}

async function partOf(placed: Placed, member: Member, before: Part | undefined, source: Source): Promise<Part> {
  const { type } = member;
  const own = type === "file" || type === "directory";
  return stated({
    name: placed.name,
    type: type === "other" ? "file" : type,
    mode: own ? octal(member.mode) : undefined,
    owner: own ? accountOf(member.owner?.user, member.owner?.uid) : undefined,
    group: own ? accountOf(member.owner?.group, member.owner?.gid) : undefined,
    content: type === "file" ? await digestOfMember(member, source) : undefined,
    target: placed.target === "" ? undefined : placed.target,
    earlier: before === undefined ? undefined : (before.earlier ?? 0) + 1,
  });
}

/**
 * What has been another name of a member that comes again stays what that was, as tar leaves it: the first of its other names has the contents,
 * the rest are names of that one.
 */
function cutLoose(replaced: Part, hardlinks: Map<string, Set<string>>, parts: Map<string, Part>): void {
  const names = [...(hardlinks.get(replaced.name) ?? [])].filter((name) => parts.get(name)?.target === replaced.name);
  hardlinks.delete(replaced.name);
  const [first, ...others] = names;
  if (first === undefined || replaced.type === "directory") return;
  const earlier = parts.get(first)?.earlier;
  const from = replaced.from ?? { name: replaced.name, earlier: replaced.earlier ?? 0 };
  const kept = replaced.type === "file" ? { from } : {};
  parts.set(first, stated({ ...replaced, ...kept, name: first, earlier }));
  for (const name of others)
    parts.set(name, stated({ name, type: "hardlink", target: first, earlier: parts.get(name)?.earlier }));
  hardlinks.set(first, new Set(others));
}

/** The name as tar keeps it, with the number for where there is no such account. */
function accountOf(name: string | undefined, id: number | undefined): string | undefined {
  return id === undefined ? undefined : `${name}:${id}`;
}

async function digestOfMember({ contents }: Member, source: Source): Promise<Digest> {
  if (source.sensitive) return source.digestOf(Buffer.concat(await Array.fromAsync(contents)), "keyed:");
  const sum = digester();
  for await (const chunk of contents) sum.update(chunk);
  return sum.finish();
}

/** As GNU tar gives it: to root the archive's, by name where there is one here; to others their own, less the umask. */
export function attributesFor(
  { mode, owner, group }: Part,
  target: ReadSystem,
): { mode?: string; owner?: string; group?: string } {
  if (mode === undefined) return {};
  const bits = Number.parseInt(mode, 8);
  if (target.euid !== 0) return { mode: octal(bits & 0o777 & ~target.umask) };
  return stated({
    mode: octal(bits),
    owner: local(owner, (name) => target.userId(name)),
    group: local(group, (name) => target.groupId(name)),
  });
}

function local(account: string | undefined, idOf: (name: string) => number | null): string | undefined {
  if (account === undefined) return undefined;
  const at = account.lastIndexOf(":");
  const name = account.slice(0, at);
  return name !== "" && idOf(name) !== null ? name : account.slice(at + 1);
}

/** Whether what is at its place below `top` is other than the part. */
export async function differs(part: Part, top: string, target: ReadSystem): Promise<boolean> {
  const at = `${top}/${part.name}`;
  const stat = target.lstat(at);
  if (stat === null) return true;
  const facts = factsOf(target, stat, () => target.readLink(at));
  if (part.type === "hardlink") return stat.ino !== target.lstat(`${top}/${part.target}`)?.ino;
  if (facts.type !== part.type || facts.target !== part.target) return true;
  if (hasOtherAttributes(facts, part, target)) return true;
  if (part.content === undefined) return false;
  return (await target.digest(at, part.content, stat)) !== part.content;
}

function hasOtherAttributes(facts: FileFacts, part: Part, target: ReadSystem): boolean {
  const { mode, owner, group } = attributesFor(part, target);
  const sameUser =
    owner === undefined ||
    owner === facts.owner ||
    (/^\d+$/.test(owner) && target.userName(Number(owner)) === facts.owner);
  const sameGroup =
    group === undefined ||
    group === facts.group ||
    (/^\d+$/.test(group) && target.groupName(Number(group)) === facts.group);
  return (mode !== undefined && mode !== facts.mode) || !sameUser || !sameGroup;
}
