import { after } from "../../base/maybe-promise.ts";
import type { RunContext } from "../context.ts";
import { ChangeUnderWay, type ChangeOf, type Intended } from "./change-under-way.ts";
import type { Subject } from "./work.ts";

/** Begins a change that a call makes: in the record, and owed to all who depend on its task. */
export function beginChange(
  context: RunContext,
  subject: Subject,
  intended: Intended,
): ChangeUnderWay | Promise<ChangeUnderWay> {
  const { type, text, call } = subject;
  return after(ChangeUnderWay.begin(context, changeOf(subject), intended), (change) => {
    const { task } = call.scope;
    context.latch.made({ changeId: change.id, task, type: type.name, address: text }, call.scope);
    return change;
  });
}

export function changeOf({ type, address, sensitive, call, startedAt }: Subject): ChangeOf {
  const { scope, location } = call;
  const place = `${location.file}:${location.line}`;
  return { task: scope.task, address, type: type.name, location: place, sensitive, startedAt };
}
