import { after } from "../../base/maybe-promise.ts";
import { PATH_KIND } from "./path-facts.ts";
import { ChangeUnderWay, type ChangeOf, type ChangeWriter } from "./change-under-way.ts";
import { diffStated } from "./diff.ts";
import { plainFacts } from "../record/resource-row.ts";
import type { Kept } from "../record/record.ts";
import type { Trace, TraceListener } from "../target/target.ts";
import { sameValue } from "../../base/value.ts";

export interface TracesOf extends ChangeOf {
  readonly writer: ChangeWriter;
  /** Contents of a file that may be kept. */
  readonly keepable: (path: string, kept: Kept | undefined) => Kept | undefined;
}

/** Records what a change does beside the one thing it is about: as changes of their own, which nobody is owed. */
export function tracesOf({ writer, keepable, ...of }: TracesOf): TraceListener {
  const begun = new Map<string, ChangeUnderWay | Promise<ChangeUnderWay>>();
  const { host } = of.address;
  return {
    touching({ name, keeps, before: found, beforeContents }) {
      const address = { host, kind: PATH_KIND, name };
      const kept = keepable(name, beforeContents);
      const isLost = !keeps && kept === undefined && found?.["type"] === "file";
      const before = isLost ? { ...found, unkept: "contents" } : found;
      const intended = { action: "update", changes: [], before, beforeContents: kept, role: "along" } as const;
      begun.set(name, ChangeUnderWay.begin(writer, { ...of, address }, intended));
    },
    touched(trace) {
      const change = begun.get(trace.name);
      if (change === undefined) return;
      void after(change, (known) => end(known, trace, keepable(trace.name, trace.afterContents)));
    },
  };
}

function end(change: ChangeUnderWay, { before, beforeContents, after: found }: Trace, kept: Kept | undefined): void {
  const { inode: _inode, ...was } = before ?? {};
  const isSame = found === null || before === null ? found === before : sameValue(plainFacts(found), plainFacts(was));
  const untouched = isSame && kept?.digest === beforeContents?.digest;
  const { action, changes } = diffStated(before, found);
  change.done({ outcome: untouched ? "none" : action, changes, after: found, afterContents: kept, untouched });
}
