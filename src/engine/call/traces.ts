import { after } from "../../base/maybe-promise.ts";
import { PATH_KIND } from "./path-facts.ts";
import { ChangeUnderWay, type ChangeOf, type ChangeWriter } from "./change-under-way.ts";
import { diffStated } from "./diff.ts";
import { sealName } from "./seal.ts";
import { plainFacts } from "../record/resource-row.ts";
import type { Kept } from "../record/record.ts";
import type { Trace, TraceListener } from "../target/target.ts";
import { sameValue } from "../../base/value.ts";

export interface TracesOf extends ChangeOf {
  readonly writer: ChangeWriter;
  /** Names of all that the call is about, as they are recorded: each has a change of its own. */
  readonly own: readonly string[];
  /** Contents of a file that may be kept. */
  readonly keepable: (path: string, kept: Kept | undefined) => Kept | undefined;
}

/**
 * Records what a change does beside what it is about: as changes of their own, which nobody is owed. Their names are sealed as addresses
 * are, all else of a sensitive call as all else of it.
 */
export function tracesOf({ writer, keepable, own, ...of }: TracesOf): TraceListener {
  const begun = new Map<string, ChangeUnderWay | Promise<ChangeUnderWay>>();
  const { host } = of.address;
  return {
    touching({ name: path, keeps, before: found, beforeContents }) {
      const name = sealName(path, writer.contents);
      if (own.includes(name)) return;
      const address = { host, kind: PATH_KIND, name };
      const kept = keepable(path, beforeContents);
      const isLost = !keeps && kept === undefined && found?.["type"] === "file";
      const before = isLost ? { ...found, unkept: "contents" } : found;
      const sealed = of.sensitive || name !== path ? writer.contents.keyedDigest(path) : undefined;
      const intended = { action: "update", changes: [], before, beforeContents: kept, role: "along", sealed } as const;
      begun.set(path, ChangeUnderWay.begin(writer, { ...of, address }, intended));
    },
    touched(trace) {
      const change = begun.get(trace.name);
      if (change === undefined) return;
      void after(change, (known) => end(known, trace, keepable(trace.name, trace.afterContents)));
    },
  };
}

function end(change: ChangeUnderWay, trace: Trace, afterContents: Kept | undefined): void {
  const { before, after: found } = trace;
  const isSame = isUntouched(trace);
  const { action, changes } = diffStated(before, found);
  // What it was is known from here on, whichever of its names is used to change it.
  const untouched = isSame && trace.named !== true;
  change.done({ outcome: isSame ? "none" : action, changes, after: found, afterContents, untouched });
}

/** Of a file that was written what it holds has to be known too. */
function isUntouched({ before, after: found, keeps, beforeContents, afterContents }: Trace): boolean {
  if (found === null || before === null) return found === before;
  const { inode: _inode, ...was } = before;
  if (!sameValue(plainFacts(found), plainFacts(was))) return false;
  if (keeps || found["type"] !== "file") return true;
  return beforeContents !== undefined && beforeContents.digest === afterContents?.digest;
}
