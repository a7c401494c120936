import { after } from "../../base/maybe-promise.ts";
import type { RunContext } from "../context.ts";
import { ChangeUnderWay, type Intended } from "./change-under-way.ts";
import type { Subject } from "./work.ts";

/** Begins a change that a call makes: in the record, and owed to all who depend on its task. */
export function beginChange(
  context: RunContext,
  { type, address, text, sensitive, call, startedAt }: Subject,
  intended: Intended,
): ChangeUnderWay | Promise<ChangeUnderWay> {
  const { task } = call.scope;
  const location = `${call.location.file}:${call.location.line}`;
  const of = { task, address, type: type.name, location, sensitive, startedAt };
  return after(ChangeUnderWay.begin(context, of, intended), (change) => {
    context.latch.made({ changeId: change.id, task, type: type.name, address: text }, call.scope);
    return change;
  });
}
