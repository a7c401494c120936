import type { ReadSystem, System } from "../../system/system.ts";

/** One line of /etc/passwd. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** What matters of one line of /etc/shadow. */
export interface ShadowEntry {
  /** As it stands: with `!` in front when it is locked. */
  readonly hash: string;
  /** Days since 1970; null: never. */
  readonly expires: number | null;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function passwdEntries(target: ReadSystem): readonly PasswdEntry[] {
  return linesOf("/etc/passwd", target).flatMap((line) => parsePasswd(line) ?? []);
}

export function passwdEntry(name: string, target: ReadSystem): PasswdEntry | null {
  return entryOf(lineOf("/etc/passwd", name, target) ?? []);
}

/** A line of passwd(5); null when it is none. */
export function parsePasswd(line: string): PasswdEntry | null {
  return entryOf(line.split(":"));
}

function entryOf([name, , uid, gid, comment = "", home = "", shell = ""]: readonly string[]): PasswdEntry | null {
  if (name === undefined || gid === undefined) return null;
  return { name, uid: Number(uid), gid: Number(gid), comment, home, shell };
}

/** Only root may read it; a system without it keeps hashes in /etc/passwd. */
export function shadowEntry(name: string, target: ReadSystem): ShadowEntry | null {
  const fields = lineOf("/etc/shadow", name, target);
  if (fields !== null) return { hash: fields[1] ?? "", expires: fields[7] ? Number(fields[7]) : null };
  const hash = lineOf("/etc/passwd", name, target)?.[1];
  return hash === undefined || hash === "x" ? null : { hash, expires: null };
}

export function groupEntry(name: string, target: ReadSystem): GroupEntry | null {
  return groupEntries(target).find((group) => group.name === name) ?? null;
}

/** Names of the groups that list the user, sorted; the primary one is none of them unless it lists the user too. */
export function groupsListing(name: string, target: ReadSystem): readonly string[] {
  const groups = groupEntries(target).filter(({ members }) => members.includes(name));
  return groups.map((group) => group.name).sort();
}

/** Names of users whose primary group it is. */
export function usersWithGid(gid: number, target: ReadSystem): readonly string[] {
  const lines = linesOf("/etc/passwd", target).map((line) => line.split(":"));
  return lines.flatMap(([name = "", , , group]) => (group === String(gid) ? [name] : []));
}

/** Changes fields, counted from 0, of one line; the file is replaced at once. */
export async function setFields(
  path: string,
  name: string,
  fields: { readonly [index: number]: string },
  target: System,
): Promise<void> {
  const lines = linesOf(path, target).map((line) => {
    if (!line.startsWith(`${name}:`)) return line;
    return line
      .split(":")
      .map((field, index) => fields[index] ?? field)
      .join(":");
  });
  const text = lines.join("\n");
  if (text !== linesOf(path, target).join("\n")) await target.writeFile(path, Buffer.from(text), {});
}

function groupEntries(target: ReadSystem): readonly GroupEntry[] {
  return linesOf("/etc/group", target).map((line) => {
    const [name = "", , gid, members = ""] = line.split(":");
    return { name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") };
  });
}

function lineOf(path: string, name: string, target: ReadSystem): readonly string[] | null {
  return (
    linesOf(path, target)
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":") ?? null
  );
}

function linesOf(path: string, target: ReadSystem): readonly string[] {
  if (target.stat(path) === null) return [];
  return Buffer.from(target.readFile(path)).toString("utf8").split("\n");
}
