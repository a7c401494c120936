import type { RunContext } from "../context.ts";
import type { Cause } from "../events.ts";
import { causeOf } from "./diff.ts";
import { isStanding } from "./same-file.ts";
import type { Found, Work } from "./work.ts";

/**
 * Why something differs, as it is before it is changed. undefined: it is new, or what it was left as is not known, because the change before
 * failed or was cut off; or nobody is to know.
 */
export function causeFor(context: RunContext, found: Found): Cause | undefined | Promise<Cause | undefined> {
  const { work, examined } = found;
  const { changes } = examined.diff;
  if (changes.length === 0 || work.sensitive) return undefined;
  const recorded = context.ledger.recorded(work.address);
  if (recorded === undefined || ["removed", "failed"].includes(recorded.state)) return undefined;
  if (context.inFlight.has(work.text)) return undefined;
  const cause = causeOf(changes, recorded.properties);
  return cause === "workflow" || work.type.file?.(work.want) === undefined ? cause : ownDoing(context, work, cause);
}

/** What another declaration about the same file did, in this run or the one before, is not the machine's doing. */
async function ownDoing(context: RunContext, work: Work, cause: Cause): Promise<Cause> {
  const { sameFile } = context;
  if (sameFile.isChangedBeside(context, work)) return "itself";
  for (const rival of sameFile.recordedBeside(context, work))
    if ((await isStanding(rival, work.target, work.targetCall)) === true) return "itself";
  return cause;
}
