import { refuseGuess } from "../_kit/paths.ts";
import { isDigest } from "../../base/digest.ts";
import { parentOf } from "../../base/path.ts";
import type { Diff } from "../../engine/resource.ts";
import { factsAt, factsOf, octal, type FileFacts } from "../../engine/call/path-facts.ts";
import { SlothError } from "../../base/errors.ts";
import type { About, FileAttributes, FileStat, Look, Place, ReadSystem, System } from "../../system/system.ts";
import { resolveMode, type ModeBase } from "./mode.ts";

/** Mode, owner and group as asked: a mode may be symbolic, an account a name or a number. */
export type Ownership = {
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
};

/** null: nothing there. Contents are not looked at. */
export function readFacts(target: ReadSystem, path: string): FileFacts | null {
  const stat = target.lstat(path);
  return stat === null ? null : factsOf(target, stat, () => target.readLink(path));
}

/**
 * Facts of what is about to have another owner, group or mode say which one it is, where somebody else could exchange it: undo gives no
 * other one back.
 */
export function identified(
  facts: FileFacts | null,
  want: Ownership & { readonly path: string },
  found: Look,
  target: ReadSystem,
): FileFacts | null {
  if (facts === null || found.stat === null || isSealed(want)) return facts;
  const desired = desiredOwnership(want, facts, target, { path: want.path, type: "file" });
  const isChanging = (["mode", "owner", "group"] as const).some(
    (property) => desired[property] !== undefined && desired[property] !== facts[property],
  );
  return isChanging && found.isExposed() ? { ...facts, inode: inodeOf(found.stat) } : facts;
}

/** As the record has it of a sensitive call: digests, which name nobody. */
function isSealed({ mode, owner, group }: Ownership): boolean {
  return [mode, owner, group].some((stated) => stated !== undefined && isDigest(stated));
}

/** Refuses to put back what is another by now. */
export function refuseOther(path: string, inode: string | undefined, stat: FileStat | null): void {
  if (inode === undefined || stat === null || inodeOf(stat) === inode) return;
  throw new SlothError("E_CHANGED", `${path} is another one than was changed, put there by who may write there`, {
    hint: "see to it by hand",
  });
}

function inodeOf({ dev, ino }: FileStat): string {
  return `${dev}:${ino}`;
}

/**
 * What is stated of mode, owner and group, in the words of the facts: modes as octal digits, accounts by the name they have there.
 * `actual`: what it starts from; null for what will be made new as `type`.
 */
export function desiredOwnership(
  want: Ownership,
  actual: FileFacts | null,
  target: ReadSystem,
  fresh: { readonly path: string; readonly type: "file" | "directory" },
): { mode?: string | undefined; owner?: string | undefined; group?: string | undefined } {
  const { mode } = want;
  const owner = want.owner === undefined ? undefined : accountName("user", want.owner, actual?.owner, target);
  const group = want.group === undefined ? undefined : accountName("group", want.group, actual?.group, target);
  const isKept = [actual?.owner, undefined].includes(owner) && [actual?.group, undefined].includes(group);
  const base = (): ModeBase => modeBase(isKept ? actual : withoutSetId(actual), target, fresh);
  return { mode: mode === undefined ? undefined : octal(resolveMode(mode, base)), owner, group };
}

/** Set-user-id and set-group-id of a file do not survive its owner, so a mode such as "g+w" does not start from them. */
function withoutSetId(actual: FileFacts | null): FileFacts | null {
  if (actual?.mode === undefined || actual.type === "directory") return actual;
  return { ...actual, mode: octal(Number.parseInt(actual.mode, 8) & ~SET_ID) };
}

const SET_ID = 0o6000;

function modeBase(
  actual: FileFacts | null,
  target: ReadSystem,
  fresh: { readonly path: string; readonly type: "file" | "directory" },
): ModeBase {
  const { umask } = target;
  if (actual?.mode !== undefined)
    return { bits: Number.parseInt(actual.mode, 8), directory: actual.type === "directory", umask };
  if (fresh.type === "file") return { bits: 0o666 & ~umask, directory: false, umask };
  const inherited = (target.stat(parentOf(fresh.path))?.mode ?? 0) & 0o2000;
  return { bits: (0o777 & ~umask) | inherited, directory: true, umask };
}

/** The account as facts name it: the name it has there when it is the same id, so that numbers and second names compare by id. */
function accountName(kind: "user" | "group", asked: string, actual: string | undefined, target: ReadSystem): string {
  if (asked === actual) return asked;
  const id = accountId(kind, asked, target);
  if (actual !== undefined && accountId(kind, actual, target) === id) return actual;
  if (!isNumber(asked)) return asked;
  return kind === "user" ? target.userName(id) : target.groupName(id);
}

export function accountId(kind: "user" | "group", asked: string, target: ReadSystem): number {
  if (isNumber(asked)) return Number(asked);
  const id = kind === "user" ? target.userId(asked) : target.groupId(asked);
  if (id !== null) return id;
  refuseGuess(target, { kind, name: asked });
  const error = new SlothError(`E_UNKNOWN_${kind.toUpperCase()}`, `there is no ${kind} ${asked}`, {
    hint: `create it before with ${kind === "user" ? "user.create" : "group.create"}`,
  });
  throw Object.assign(error, { isCertain: true });
}

function isNumber(account: string): boolean {
  return /^\d+$/.test(account);
}

/** What is stated, for a file or directory made or replaced. */
export function attributesOf(stated: Partial<FileFacts> | null): FileAttributes {
  const mode = stated?.mode === undefined ? undefined : Number.parseInt(stated.mode, 8);
  return { mode, owner: stated?.owner, group: stated?.group };
}

export function isChanged(diff: Diff, ...properties: readonly string[]): boolean {
  return diff.changes.some((change) => properties.includes(change.property));
}

/** Changes owner, group and mode of what is there, as far as they differ. It must be what was looked at. */
export function setOwnership(place: Place, diff: Diff<FileFacts>, target: ReadSystem): void {
  refuseExchanged(place, diff.actual, target);
  const { mode, owner, group } = attributesOf(diff.desired);
  const newOwner = isChanged(diff, "owner") ? owner : undefined;
  const newGroup = isChanged(diff, "group") ? group : undefined;
  const changesHands = newOwner !== undefined || newGroup !== undefined;
  if (changesHands) place.chown(newOwner, newGroup);
  if (mode !== undefined && (isChanged(diff, "mode") || changesHands)) place.chmod(mode);
}

function refuseExchanged(place: Place, seen: FileFacts | null, target: ReadSystem): void {
  const now = factsAt(target, place);
  const differs = OWN.some((property) => seen?.[property] !== undefined && seen[property] !== now?.[property]);
  if (now !== null && !differs) return;
  throw new SlothError("E_CHANGED", `${place.path} is not what it was when it was looked at`, { hint: "run again" });
}

const OWN = ["type", "mode", "owner", "group"] as const;

/** Makes the directories that are missing above and at `path`, each with the given attributes. */
export function makeDirectories(target: System, path: string, want: Ownership): void {
  const missing: string[] = [];
  for (let at = path; target.stat(at) === null; at = parentOf(at)) missing.unshift(at);
  for (const at of missing)
    target.mkdir(at, attributesOf({ ...desiredOwnership(want, null, target, { path: at, type: "directory" }) }));
}

/** Refuses to make one type of thing where another one is. */
export function refuseOtherType(path: string, type: string, actual: FileFacts | null): void {
  if (actual === null || actual.type === type) return;
  const dangling = actual.type === "link" ? " that leads to none" : "";
  throw new SlothError("E_FILE_TYPE", `${path} is a ${typeName(actual.type)}${dangling}, not a ${type}`, {
    hint: `remove it before with file_ops.remove{path = "${path}"}`,
  });
}

function typeName(type: string): string {
  return type === "block" || type === "character" ? `${type} device` : type;
}

/** Refuses a path whose directory is not there, before anything is written. */
export function requireParent(target: ReadSystem, path: string): void {
  const parent = parentOf(path);
  const found = target.stat(parent);
  if (found?.type === "directory") return;
  if (found !== null) throw new SlothError("E_FILE_TYPE", `${parent} is a ${typeName(found.type)}, not a directory`);
  throw missing(
    target,
    `directory ${parent} does not exist`,
    `declare it before with file_ops.directory{path = "${parent}"}`,
    aPath(parent),
  );
}

/**
 * The error for what is not there; in plan, when an earlier change that was only planned may be why, that nobody can know. `about`: what it is,
 * where that can be said.
 */
export function missing(
  target: Pick<ReadSystem, "unknownBecause">,
  message: string,
  hint?: string,
  about?: About,
): SlothError {
  const because = target.unknownBecause(about);
  if (because !== undefined) return new SlothError("E_UNKNOWN", `${message} yet, and ${because}`);
  return Object.assign(new SlothError("E_NOT_FOUND", message, { hint }), { isCertain: true });
}

/** That path, as what may be there once it is made. */
export function aPath(name: string): About {
  return { kind: "path", name };
}

/** Undo of types that make one path: a directory goes only when it is empty. */
export const undoMade = {
  async remove(want: { readonly path: string }, _actual: FileFacts, target: System): Promise<void> {
    using place = target.place(want.path);
    if (place.stat?.type === "directory" && place.list().length > 0) return;
    place.unlink();
  },
  stays: (left: FileFacts): string | undefined => (left.type === "directory" ? "is not empty, so it stays" : undefined),
} as const;

type Stated<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without what is undefined: plain data for the record. */
export function stated<const T extends object>(given: T): Stated<T> {
  const plain: { [key: string]: unknown } = {};
  for (const key in given) if (given[key] !== undefined) plain[key] = given[key];
  return plain as Stated<T>;
}
