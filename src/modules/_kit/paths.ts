import { pathFrom } from "../../base/path.ts";
import type { Source } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { About, ReadSystem } from "../../system/system.ts";

/** An absolute path; a relative one starts at the workflow's directory. */
export function besideWorkflow(path: string, source: Source): string {
  return pathFrom(source.workflowDirectory, path);
}

/**
 * Whether something is at `path`, links not followed. In plan, when nothing is and an earlier step that was not really done may
 * have put it there, nobody knows: E_UNKNOWN.
 */
export function isThere(path: string, target: ReadSystem): boolean {
  if (target.lstat(path) !== null) return true;
  refuseGuess(target, { kind: "path", name: path });
  return false;
}

/** Stops where an answer would be a guess, because of what the plan has not really done; `about`: only of what may reach that. */
export function refuseGuess(target: ReadSystem, about?: About): void {
  const reason = target.unknownBecause(about);
  if (reason === undefined) return;
  const what =
    about === undefined ? "" : `there is no ${about.kind === "path" ? "" : `${about.kind} `}${about.name} yet, and `;
  throw new SlothError("E_UNKNOWN", what + reason);
}
