import { SlothError, isOfHost } from "../../base/errors.ts";
import type { Call, RunContext } from "../context.ts";
import type { Cause, Outcome, OutcomeAction, RunEvent } from "../events.ts";
import { problemOf } from "../problem.ts";
import type { Change } from "../resource.ts";
import { hideChanges } from "./seal.ts";
import type { Subject } from "./work.ts";

type Done = Extract<RunEvent, { type: "resource_done" }>;

interface Said {
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  readonly predicted?: boolean | undefined;
  readonly carried?: boolean | undefined;
  readonly unknown?: string | undefined;
}

/** The answer for one resource; values of a sensitive one are hidden from here on. */
export function outcomeOf(work: Pick<Subject, "type" | "address" | "sensitive">, said: Said): Outcome {
  const changed = said.action !== "none" || said.carried === true;
  return {
    changed,
    action: said.action,
    type: work.type.name,
    name: work.address.name,
    changes: work.sensitive ? hideChanges(said.changes) : said.changes,
    message: messageOf(said),
    predicted: said.predicted === true,
    carried: said.carried === true,
    unknown: said.unknown,
  };
}

function messageOf({ action, changes, carried, unknown }: Said): string {
  if (unknown !== undefined) return `cannot be known: ${unknown}`;
  if (carried === true && action === "none") return "changed earlier and not settled since";
  if (action === "none") return "as it should be";
  const words = { create: "created", update: "updated", delete: "removed", run: "run" }[action];
  return changes.length === 0 ? words : `${words}: ${changes.map((change) => change.property).join(", ")}`;
}

/** Tells and counts an outcome. */
export function report(
  context: RunContext,
  work: Subject,
  outcome: Outcome,
  { text, cause }: { readonly text?: Done["text"]; readonly cause?: Cause | undefined } = {},
): Outcome {
  context.tally.add(outcome, work.address.host);
  const { scope, location } = work.call;
  context.emit({
    type: "resource_done",
    task: scope.task,
    host: work.address.host,
    address: work.text,
    outcome,
    location,
    durationMs: performance.now() - work.startedAt,
    text,
    cause,
    sensitive: work.sensitive,
  });
  return outcome;
}

/** Tells that something is about to be changed; what is found as it should be never starts. */
export function reportStart({ emit }: RunContext, work: Subject): void {
  const { address, type, call } = work;
  emit({
    type: "resource_started",
    task: call.scope.task,
    host: address.host,
    resource: type.name,
    name: address.name,
  });
}

/** Tells and counts a failure. A sensitive call's line of the workflow is not quoted: what it says is in there. */
export function reportFailure(
  context: RunContext,
  { call, sensitive }: { readonly call: Call; readonly sensitive: boolean },
  resource: string,
  host: string,
  name: string,
  error: Error,
): void {
  context.tally.failed(host);
  if (error instanceof SlothError) {
    if (isOfHost(error)) {
      error.host ??= host;
      context.tally.unreachable(host);
    }
    error.isSensitive ||= sensitive;
    error.quote(context.sourceLine?.(error.location ?? call.location));
  }
  const { task } = call.scope;
  context.emit({ type: "resource_failed", task, host, resource, name, error: problemOf(error) });
}

/** One answer for a call that stood for several resources: a list of packages, a tree of files. */
export function summed(type: string, name: string, outcomes: readonly Outcome[]): Outcome {
  const changed = outcomes.filter((one) => one.changed);
  const actions = new Set(changed.map((one) => one.action).filter((action) => action !== "none"));
  const [only] = actions;
  const first = changed[0] ?? outcomes[0];
  return {
    changed: changed.length > 0,
    action: actions.size === 0 ? "none" : actions.size === 1 && only !== undefined ? only : "update",
    type,
    name,
    changes: changed.flatMap((one) =>
      one.changes.map((change) => ({ ...change, property: `${one.name} ${change.property}` })),
    ),
    message: changed.length === 0 ? "as it should be" : `${changed.length} of ${outcomes.length} changed`,
    predicted: first?.predicted === true,
    carried: changed.length > 0 && changed.every((one) => one.carried),
    unknown: changed.find((one) => one.unknown !== undefined)?.unknown,
  };
}
