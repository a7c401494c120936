import { pathFrom } from "../../base/path.ts";
import type { Source } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";

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
  refuseGuess(target);
  return false;
}

/** Stops where an answer would be a guess, because of what the plan has not really done. */
export function refuseGuess(target: ReadSystem): void {
  const reason = target.unknownBecause();
  if (reason !== undefined) throw new SlothError("E_UNKNOWN", reason);
}
