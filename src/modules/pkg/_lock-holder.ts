import { utf8Text } from "../../base/byte-text.ts";
import type { ReadSystem } from "../../system/system.ts";
import { ifReadable } from "./_if-readable.ts";

export interface LockHolder {
  readonly pid: number;
  readonly program: string;
}

/** The process that has locked one of these files, else one that has it open; undefined when nobody has. */
export function lockHolder(files: readonly string[], target: ReadSystem): LockHolder | undefined {
  const opens = (pid: number): boolean => openFiles(pid, target).some((path) => files.includes(path));
  const pid = lockers(files, target).find(opens) ?? processes(target).find(opens);
  return pid === undefined ? undefined : { pid, program: programOf(pid, target) };
}

/** Name of a running program, as the kernel has it; empty when it is gone. */
export function programOf(pid: number, target: ReadSystem): string {
  return ifReadable(() => utf8Text(target.readFile(`/proc/${pid}/comm`)).trim()) ?? "";
}

/** By inode alone: an overlay's files are on another device there than stat says. */
function lockers(files: readonly string[], target: ReadSystem): readonly number[] {
  const inodes = new Set(files.map((file) => target.stat(file)?.ino));
  const lines = (ifReadable(() => utf8Text(target.readFile("/proc/locks"))) ?? "")
    .split("\n")
    .map((line) => line.split(/\s+/));
  return lines
    .filter(([, , , , , inode = ""]) => inodes.has(Number(inode.split(":")[2])))
    .map(([, , , , pid]) => Number(pid));
}

function processes(target: ReadSystem): readonly number[] {
  return target
    .list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function openFiles(pid: number, target: ReadSystem): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  const descriptors = ifReadable(() => target.list(directory)) ?? [];
  return descriptors.flatMap((name) => ifReadable(() => target.readLink(`${directory}/${name}`)) ?? []);
}
