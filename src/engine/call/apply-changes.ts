import { SlothError } from "../../base/errors.ts";
import type { RunContext } from "../context.ts";
import type { Outcome, TextChange } from "../events.ts";
import { outcomeOf, report, reportStart } from "./outcome.ts";
import { placed, problemOf } from "../problem.ts";
import type { Kept } from "../record/record.ts";
import { stateOf, declaredSoFar } from "../record/declared-so-far.ts";
import type { Change } from "../resource.ts";
import { failedRow, plainFacts } from "../record/resource-row.ts";
import { isKeyed } from "../../base/digest.ts";
import { sealObject, sealSecrets } from "./seal.ts";
import type { Applied } from "../target/target.ts";
import { isObject, Secret, type ValueObject } from "../../base/value.ts";
import type { Found } from "./work.ts";

/** Makes the changes that looking found: each intent is recorded before, each outcome after. In plan they go to the overlay. */
export async function applyChanges(context: RunContext, found: readonly Found[]): Promise<ReadonlyMap<Found, Outcome>> {
  const [first] = found;
  if (first === undefined) return new Map();
  const ids = found.map((one) => intend(context, one));
  if (context.mode === "apply") for (const { work } of found) reportStart(context, work);
  const { type, target, targetCall } = first.work;
  const items = found.map(({ work, examined }) => ({ name: work.address.name, want: work.want, diff: examined.diff }));
  const applied = await target.apply(type, items, targetCall).catch((thrown: unknown) => {
    const error = placed(thrown, first.work.call.location, type.name);
    found.forEach((one, index) => giveUp(context, one, ids[index] ?? 0, error));
    throw error;
  });
  const outcomes = new Map<Found, Outcome>();
  const failures: Error[] = [];
  found.forEach((one, index) => {
    const failure = refused(one, applied[index]);
    if (failure === undefined) outcomes.set(one, finish(context, one, ids[index] ?? 0, applied[index]));
    else giveUp(context, one, ids[index] ?? 0, failure);
    if (failure !== undefined) failures.push(failure);
  });
  if (failures[0] !== undefined) throw failures[0];
  return outcomes;
}

/** Looked at again, it still is not as it should be. */
function refused({ work }: Found, applied: Applied | undefined): Error | undefined {
  if (applied === undefined || applied.left.length === 0) return undefined;
  return placed(notConverged(applied.left, work.sensitive), work.call.location, work.type.name);
}

function intend(context: RunContext, { work, examined }: Found): number {
  const { call, address, type } = work;
  const { diff, before } = examined;
  const changeId = context.ledger.intend({
    task: call.scope.task,
    address,
    type: type.name,
    action: diff.action,
    changes: sealed(context, work, diff.changes),
    before: sealedFacts(context, work, diff.actual),
    beforeContents: keepable(context, work, before),
    location: `${call.location.file}:${call.location.line}`,
  });
  context.latch.made({ changeId, task: call.scope.task, type: type.name, address: work.text }, call.scope);
  return changeId;
}

function finish(context: RunContext, found: Found, changeId: number, applied: Applied | undefined): Outcome {
  const { work, examined } = found;
  if (applied === undefined) throw new Error(`no answer for ${work.text}`);
  const { diff } = examined;
  const before = keepable(context, work, examined.before);
  const after = keepable(context, work, applied.contents);
  const desired = applied.desired === null ? null : plainFacts(applied.desired);
  const stated = desired === null ? null : sealedObject(context, work, desired);
  const planned = context.mode === "plan";
  const outcome = outcomeOf(work, { action: diff.action, changes: diff.changes, predicted: planned });
  report(context, work, outcome, context.diff ? textOf(work, before, after) : undefined);
  context.ledger.done(changeId, {
    outcome: diff.action,
    changes: sealed(context, work, diff.changes),
    after: sealedFacts(context, work, applied.after),
    afterContents: after,
    row: declaredSoFar(context, found, stated, true),
    durationMs: performance.now() - work.startedAt,
  });
  return outcome;
}

function giveUp(context: RunContext, found: Found, changeId: number, error: Error): void {
  const problem = problemOf(error);
  context.ledger.failed(
    changeId,
    problem,
    failedRow(context, stateOf(found, found.declaration.stated, false), problem.message),
  );
}

function notConverged(left: readonly Change[], sensitive: boolean): SlothError {
  const shown = left.map(({ property, from, to }) => {
    return sensitive ? property : `${property} is ${JSON.stringify(from)}, should be ${JSON.stringify(to)}`;
  });
  const hint = "something else keeps changing it, or the system did not do what it was told";
  return new SlothError("E_NOT_CONVERGED", `still differs after it was applied: ${shown.join("; ")}`, { hint });
}

/** Contents that may be kept and shown: none of a file that a sensitive call is about, and none in which a secret stands. */
function keepable(
  context: RunContext,
  { type, want, address, sensitive }: Found["work"],
  kept: Kept | undefined,
): Kept | undefined {
  const path = type.file?.(want);
  if (path === undefined) return kept;
  const file = `${address.host} ${path}`;
  if (sensitive) context.sensitiveFiles.add(file);
  if (kept === undefined || context.sensitiveFiles.has(file) || Secret.isIn(kept.bytes)) return undefined;
  const recorded = context.ledger.recorded({ host: address.host, kind: "file", name: path })?.properties;
  const content = isObject(recorded) ? recorded["content"] : undefined;
  return typeof content === "string" && isKeyed(content) ? undefined : kept;
}

function sealed(context: RunContext, work: Found["work"], changes: readonly Change[]): readonly Change[] {
  return changes.map(({ property, from, to }) => {
    const pair = sealedObject(context, work, { from, to });
    return { property, from: pair["from"] ?? null, to: pair["to"] ?? null };
  });
}

function sealedFacts(context: RunContext, work: Found["work"], facts: Applied["after"]): ValueObject | null {
  return facts === null ? null : sealedObject(context, work, plainFacts(facts));
}

function sealedObject(context: RunContext, work: Found["work"], object: ValueObject): ValueObject {
  if (work.sensitive) return sealObject(object, context.contents, work.address.name);
  const open = sealSecrets(object, context.contents);
  return isObject(open) ? open : object;
}

function textOf(
  { type, want, address }: Found["work"],
  before: Kept | undefined,
  after: Kept | undefined,
): TextChange | undefined {
  if (before === undefined && after === undefined) return undefined;
  return { path: type.file?.(want) ?? address.name, before: asText(before), after: asText(after) };
}

/** null for contents that are not text. */
function asText(kept: Kept | undefined): string | null {
  if (kept === undefined) return null;
  if (kept.bytes.includes(0)) return null;
  return new TextDecoder().decode(kept.bytes);
}
