import { digester, type Digest } from "../../base/digest.ts";
import type { Source } from "../../engine/resource.ts";
import type { ReadSystem } from "../../system/system.ts";
import { readArchive, type Member } from "./_archive.ts";
import { readFacts, stated, type FileFacts } from "../_files/file.ts";
import { memberPlacer } from "./_members.ts";
import { octal } from "../_files/mode.ts";

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
};

/** What an archive holds. Directories that are only implied by names below them are not listed. */
export async function partsOf(src: string, name: string, strip: number, source: Source): Promise<readonly Part[]> {
  const placeFor = memberPlacer(name, strip);
  const parts = new Map<string, Part>();
  for await (const member of readArchive(source.stream(src), name)) {
    const placed = placeFor(member);
    if (placed === null || member.type === "other") continue;
    const { type } = member;
    const own = type === "file" || type === "directory";
    const before = parts.get(placed.name);
    parts.delete(placed.name);
    parts.set(
      placed.name,
      stated({
        name: placed.name,
        type,
        mode: own ? octal(member.mode) : undefined,
        owner: own ? accountOf(member.owner?.user, member.owner?.uid) : undefined,
        group: own ? accountOf(member.owner?.group, member.owner?.gid) : undefined,
        content: type === "file" ? await digestOfMember(member, source) : undefined,
        target: placed.target === "" ? undefined : placed.target,
        earlier: before === undefined ? undefined : (before.earlier ?? 0) + 1,
      }),
    );
  }
  return [...parts.values()];
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
  const facts = readFacts(target, at);
  if (facts === null) return true;
  if (part.type === "hardlink") return target.lstat(at)?.ino !== target.lstat(`${top}/${part.target}`)?.ino;
  if (facts.type !== part.type || facts.target !== part.target) return true;
  if (hasOtherAttributes(facts, part, target)) return true;
  return part.content !== undefined && (await target.digest(at, part.content)) !== part.content;
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
