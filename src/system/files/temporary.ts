import { bootId } from "../../base/process-state.ts";
import { nameIn } from "../../base/path.ts";
import { toText } from "../../base/byte-text.ts";
import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import { isRunning, processIdentity } from "../processes/process-identity.ts";
import { errnoOf } from "../system-error.ts";
import { at } from "./walk.ts";

const NAME_MAX = 255;
const DAY_MS = 86_400_000;
const OURS = /^\..*\.sloth-(?<space>[0-9a-z]{6})-(?<pid>\d+)-(?<start>\d+)-[0-9a-f]{12}$/s;

/**
 * A name that nobody can guess, in the directory of `path`, under which it is made ready. It tells who makes it
 * (process-number space, process, start time), so that what a killed run left behind is known as such.
 */
export function temporaryName(path: string): string {
  owner ??= ownerPart();
  const tail = `.sloth-${owner}-${crypto.getRandomValues(new Uint8Array(6)).toHex()}`;
  return `.${shortened(nameIn(path), NAME_MAX - 1 - tail.length)}${tail}`;
}

let owner: string | undefined;

function ownerPart(): string {
  const start = processIdentity(process.pid)?.startTicks ?? 0;
  return `${processSpace()}-${process.pid}-${start}`;
}

/** Process numbers mean the same within one boot and one process namespace only. */
function processSpace(): string {
  let namespace = "";
  try {
    namespace = fs.readlinkSync("/proc/self/ns/pid");
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
  return BigInt(Bun.hash(`${bootId()} ${namespace}`))
    .toString(36)
    .padStart(6, "0")
    .slice(-6);
}

/** Cut so that the name as bytes fits. */
function shortened(name: string, limit: number): string {
  const bytes = Buffer.from(pathBytes(name));
  return bytes.length <= limit ? name : toText(bytes.subarray(0, limit));
}

/**
 * Removes what killed runs of ours left in a directory: files, links and directories with nothing of others in them by our pattern whose
 * maker is dead, or, where that cannot be known (another boot, another container), that are older than a day.
 */
export function removeLeftovers({ fd }: { readonly fd: number }): void {
  for (const name of namesIn(fd)) {
    const made = OURS.exec(name)?.groups;
    if (made === undefined) continue;
    const path = at(fd, name);
    const found = fs.lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || !isAbandoned(made, found.mtimeMs)) continue;
    try {
      if (found.isDirectory()) removeAny(at(fd, `${name}/${MADE}`));
      removeAny(path);
    } catch (error) {
      // In somebody's way at most, and not ours to judge: a directory with contents, or one we may not write.
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

/** What we are making in a directory of that name. */
export const MADE = "made";

/** A file, a link or an empty directory, when it is there. */
export function removeAny(name: string | Buffer): void {
  const found = fs.lstatSync(name, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) fs.rmdirSync(name);
  else if (found !== undefined) fs.unlinkSync(name);
}

/** None where we may not look. */
function namesIn(fd: number): readonly string[] {
  try {
    return fs.readdirSync(`/proc/self/fd/${fd}`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function isAbandoned(made: { readonly [part: string]: string | undefined }, mtimeMs: number): boolean {
  owner ??= ownerPart();
  if (!owner.startsWith(`${made["space"]}-`)) return Date.now() - mtimeMs > DAY_MS;
  return !isRunning({ pid: Number(made["pid"]), startTicks: Number(made["start"]), boot: bootId() });
}
