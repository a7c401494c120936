import { SlothError } from "../../base/errors.ts";
import type { RunContext } from "../context.ts";
import type { Facts } from "../resource.ts";
import type { Cause, Outcome, TextChange } from "../events.ts";
import { outcomeOf, report, reportStart } from "./outcome.ts";
import { causeFor } from "./cause.ts";
import { tellQuarrel } from "./same-file.ts";
import { PATH_KIND } from "./path-facts.ts";
import { placed } from "../problem.ts";
import { beginChange, changeOf } from "./begin-change.ts";
import { tracesOf } from "./traces.ts";
import { notConverged, type ChangeUnderWay } from "./change-under-way.ts";
import type { Kept } from "../record/record.ts";
import { stateOf, declaredSoFar } from "../record/declared-so-far.ts";
import { failedRow, plainFacts } from "../record/resource-row.ts";
import { sealObject, sealSecrets } from "./seal.ts";
import type { Applied, TraceListener } from "../target/target.ts";
import { isObject, sameValue, Secret, type ValueObject } from "../../base/value.ts";
import type { Found } from "./work.ts";

/** Makes the changes that looking found: each intent is recorded before, each outcome after. In plan they go to the overlay. */
export async function applyChanges(context: RunContext, found: readonly Found[]): Promise<ReadonlyMap<Found, Outcome>> {
  const [first] = found;
  if (first === undefined) return new Map();
  const begun: Begun[] = [];
  for (const one of found)
    begun.push({ found: one, cause: await causeFor(context, one), change: await begin(context, one) });
  if (context.mode === "apply") for (const { work } of found) reportStart(context, work);
  const { type, target, targetCall } = first.work;
  const items = found.map(({ work, examined }) => ({ name: work.address.name, want: work.want, diff: examined.diff }));
  const traces = context.mode === "plan" ? undefined : tracesFor(context, first, found);
  const applied = await target.apply(type, items, { ...targetCall, traces }).catch(async (thrown: unknown) => {
    const error = placed(thrown, first.work.call.location, type.name);
    for (const one of begun) await giveUp(context, one, error, await isUntouched(one.found));
    throw error;
  });
  const outcomes = new Map<Found, Outcome>();
  const failures: Error[] = [];
  for (const [index, one] of begun.entries()) {
    const failure = refused(one.found, applied[index]);
    if (failure === undefined) outcomes.set(one.found, await finish(context, one, applied[index]));
    else await giveUp(context, one, failure);
    if (failure !== undefined) failures.push(failure);
  }
  if (failures[0] !== undefined) throw failures[0];
  return outcomes;
}

interface Begun {
  readonly found: Found;
  readonly change: ChangeUnderWay;
  readonly cause: Cause | undefined;
}

/** Looked at again, it still is not as it should be. */
function refused({ work }: Found, applied: Applied | undefined): Error | undefined {
  if (applied === undefined || applied.left.length === 0) return undefined;
  return placed(notConverged(applied.left, work.sensitive, "applied"), work.call.location, work.type.name);
}

function begin(context: RunContext, { work, examined }: Found): ChangeUnderWay | Promise<ChangeUnderWay> {
  const { diff, before } = examined;
  const { action, changes, actual } = diff;
  const beforeContents = keepable(context, work, before);
  const found = seenThrough(actual, examined.via);
  const role = found?.["via"] === undefined && examined.via === undefined ? undefined : "elsewhere";
  return beginChange(context, work, { action, changes, before: found, beforeContents, role });
}

/** Of what a link above it leads to. */
function seenThrough(facts: Facts | null, via: string | undefined): Facts | null {
  return facts === null || via === undefined ? facts : { ...facts, via };
}

/** What the calls of a change do beside what they are about is recorded under the first of them. */
function tracesFor(context: RunContext, first: Found, found: readonly Found[]): TraceListener {
  const keepable = (path: string, kept: Kept | undefined) => keepableAt(context, first.work, path, kept);
  const own = found.filter(({ work }) => work.address.kind === PATH_KIND).map(({ work }) => work.address.name);
  return tracesOf({ ...changeOf(first.work), writer: context, own, keepable });
}

async function finish(
  context: RunContext,
  { found, change, cause }: Begun,
  applied: Applied | undefined,
): Promise<Outcome> {
  const { work, examined } = found;
  if (applied === undefined) throw new Error(`no answer for ${work.text}`);
  const { action, changes } = examined.diff;
  const before = keepable(context, work, examined.before);
  const after = keepable(context, work, applied.contents);
  const desired = applied.desired === null ? null : plainFacts(applied.desired);
  const stated = desired === null ? null : sealedObject(context, work, desired);
  const outcome = outcomeOf(work, { action, changes, predicted: context.mode === "plan" });
  report(context, work, outcome, { cause, text: context.diff ? textOf(work, before, after) : undefined });
  const row = declaredSoFar(context, found, stated, true);
  const left = seenThrough(applied.after, examined.via);
  change.done({ outcome: action, after: left, afterContents: after, row });
  await tellQuarrel(context, work, cause !== undefined);
  return outcome;
}

async function giveUp(
  context: RunContext,
  { found, change }: Pick<Begun, "found" | "change">,
  error: Error,
  untouched = false,
): Promise<void> {
  const state = stateOf(found, found.declaration.stated, false);
  change.failed(error, (message) => failedRow(context, state, message), untouched);
  if (!untouched) return;
  context.latch.forget(change.id);
  await context.ledger.settle([change.id]);
}

/** Looked at after a failure it is as it was, so that nothing is owed to anybody: what was refused was never changed. */
async function isUntouched({ work, examined }: Found): Promise<boolean> {
  const { type, target, targetCall, address, want } = work;
  if (targetCall.signal.aborted) return false;
  try {
    const now = await target.read(type, address.name, want, targetCall);
    const before = examined.diff.actual;
    return now === null || before === null ? now === before : sameValue(plainFacts(now), plainFacts(before));
  } catch (thrown) {
    // What cannot be looked at may have been changed; the failure that is told is the first one.
    if (thrown instanceof SlothError) return false;
    throw thrown;
  }
}

/** Contents that may be kept and shown: none of a file that a sensitive declaration is about, and none in which a secret stands. */
function keepable(context: RunContext, work: Found["work"], kept: Kept | undefined): Kept | undefined {
  const path = work.type.file?.(work.want);
  return path === undefined ? kept : keepableAt(context, work, path, kept);
}

function keepableAt(
  context: RunContext,
  { address, sensitive }: Found["work"],
  path: string,
  kept: Kept | undefined,
): Kept | undefined {
  if (sensitive) context.sealedFiles.add(address.host, path);
  if (kept === undefined || context.sealedFiles.has(address.host, path)) return undefined;
  return Secret.isIn(kept.bytes) ? undefined : kept;
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
