import { type FileFacts, factsAt } from "../../engine/call/path-facts.ts";
import { toBytes, toText } from "../../base/byte-text.ts";
import { parentOf } from "../../base/path.ts";
import type { Diff } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, Look, ReadSystem, System } from "../../system/system.ts";
import {
  aPath,
  attributesOf,
  desiredOwnership,
  makeDirectories,
  missing,
  setOwnership,
  type Ownership,
} from "./file.ts";

/** What verbs that edit a part of a file want of the file itself. */
export type Edited = Ownership & {
  readonly path: string;
  /** A missing file is made. */
  readonly create?: true;
  readonly backup?: true;
  readonly validate?: Argv;
};

/** The hooks such verbs share: the file, not the part of it, is what must not be worked on twice at once and what `--diff` shows. */
export const edited = {
  version: 1,
  locks: (want: Edited): readonly string[] => [`file:${want.path}`],
  file: (want: Edited): string => want.path,
} as const;

/** The text of the file, through links; null: there is none. */
export function readText(want: Edited, target: ReadSystem): string | null {
  using file = target.look(want.path, { follow: true });
  return textOf(file);
}

function textOf(file: Look): string | null {
  return file.stat?.type === "file" ? toText(file.readFile()) : null;
}

/** Mode, owner and group of the file, when the call states any: facts of the part that is edited. */
export function ownershipFacts(want: Edited, target: ReadSystem): Ownership {
  if (want.mode === undefined && want.owner === undefined && want.group === undefined) return {};
  using file = target.look(want.path, { follow: true });
  const { mode, owner, group } = factsAt(target, file) ?? {};
  return { ...(mode && { mode }), ...(owner && { owner }), ...(group && { group }) };
}

/** The same as stated. Refuses what is no file, and, without `create`, a file that is not there. */
export function desiredFile(want: Edited, target: ReadSystem): ReturnType<typeof desiredOwnership> {
  using file = target.look(want.path, { follow: true });
  const actual = factsAt(target, file);
  if (actual === null && !want.create)
    throw missing(target, `${want.path} does not exist`, "create = true makes it", aPath(want.path));
  if (actual !== null && actual.type !== "file") throw notAFile(want.path, actual.type);
  return desiredOwnership(want, actual, target, { path: file.path, type: "file" });
}

function notAFile(path: string, type: string): SlothError {
  const what = type === "link" ? "a link that leads to no file" : `a ${type}, not a file`;
  return new SlothError("E_FILE_TYPE", `${path} is ${what}`);
}

/**
 * Writes the edited text when it differs from `before`; else changes what differs of mode, owner and group. What is written was made from
 * what is replaced: a file that holds something else by now is E_CHANGED.
 */
export async function writeText(
  want: Edited,
  before: string | null,
  after: string,
  diff: Diff,
  target: System,
): Promise<void> {
  const facts = { ...diff, desired: diff.desired } as Diff<FileFacts>;
  if (before === null && before !== after) makeDirectories(target, parentOf(want.path), {});
  using file = target.place(want.path, { follow: true });
  if (before === after) return setOwnership(file, facts, target);
  if ((textOf(file) ?? "") !== (before ?? "")) throw changedMeanwhile(file.path);
  const { backup, validate } = want;
  await file.writeFile(toBytes(after), { ...attributesOf(facts.desired), backup, validate });
}

function changedMeanwhile(path: string): SlothError {
  return new SlothError("E_CHANGED", `${path} was changed by others while it was edited`, { hint: "run again" });
}
