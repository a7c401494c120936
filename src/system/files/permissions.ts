import { Errno } from "../system-error.ts";
import type { FileStat } from "../system.ts";

/** Who we are to the kernel. */
export interface Credentials {
  readonly euid: number;
  readonly groups: readonly number[];
}

export function ownCredentials(): Credentials {
  return { euid: process.geteuid?.() ?? 0, groups: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])] };
}

/*
 * What the kernel would say, for a plan: of what is only predicted it cannot be asked. Root is taken to have all its capabilities.
 */

/** Making, renaming and removing names in a directory. */
export function mayChangeNames(directory: FileStat, who: Credentials): void {
  if (who.euid !== 0 && (bitsFor(directory, who) & 0o3) !== 0o3) throw new Errno("EACCES");
}

/** Taking a name away, by removal or by replacing: in a sticky directory only what is ours. */
export function mayTakeName(directory: FileStat, entry: FileStat, who: Credentials): void {
  const owns = who.euid === 0 || who.euid === entry.uid || who.euid === directory.uid;
  if ((directory.mode & 0o1000) !== 0 && !owns) throw new Errno("EPERM");
}

export function maySearch(directory: FileStat, who: Credentials): boolean {
  return who.euid === 0 || (bitsFor(directory, who) & 0o1) !== 0;
}

export function mayRead(file: FileStat, who: Credentials): void {
  if (who.euid !== 0 && (bitsFor(file, who) & 0o4) === 0) throw new Errno("EACCES");
}

export function mayReadAndWrite(file: FileStat, who: Credentials): boolean {
  return who.euid === 0 || (bitsFor(file, who) & 0o6) === 0o6;
}

export function mayChangeMode(entry: FileStat, who: Credentials): void {
  if (who.euid !== 0 && who.euid !== entry.uid) throw new Errno("EPERM");
}

export function mayGive(entry: FileStat, uid: number, gid: number, who: Credentials): void {
  const groupOnly = uid === entry.uid && uid === who.euid && who.groups.includes(gid);
  const nothing = uid === entry.uid && gid === entry.gid && uid === who.euid;
  if (who.euid !== 0 && !groupOnly && !nothing) throw new Errno("EPERM");
}

function bitsFor(stat: FileStat, who: Credentials): number {
  if (stat.uid === who.euid) return (stat.mode >> 6) & 7;
  return who.groups.includes(stat.gid) ? (stat.mode >> 3) & 7 : stat.mode & 7;
}
