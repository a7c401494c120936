import { addressText, type Address } from "../../base/address.ts";
import { SlothError } from "../../base/errors.ts";
import { parsePlaced } from "./common-fields.ts";
import type { Call, RunContext } from "../context.ts";
import { beginChange } from "./begin-change.ts";
import type { ChangeUnderWay } from "./change-under-way.ts";
import { withDeadline } from "./deadline.ts";
import { digestOf } from "../../base/digest.ts";
import type { Outcome } from "../events.ts";
import { outcomeOf, report, reportFailure, reportStart } from "./outcome.ts";
import { mayBeUnknown, placed } from "../problem.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { ActionResult, AnyAction } from "../resource.ts";
import { seal } from "./seal.ts";
import { openSource } from "./source.ts";
import { encodeValue, type Value, type ValueObject } from "../../base/value.ts";
import type { Target, TargetCall } from "../target/target.ts";
import type { Subject } from "./work.ts";

/** An outcome with the action's own fields; `unknown` names those that nobody can know in plan. */
export interface ActionAnswer {
  readonly outcome: Outcome;
  readonly value: ValueObject;
  readonly unknown: readonly string[];
}

/** One call of an action: done where it is needed, in plan only said (save what only looks). */
export async function callAction(
  context: RunContext,
  type: AnyAction,
  raw: Value | undefined,
  call: Call,
): Promise<ActionAnswer> {
  const { common, props } = parsePlaced(type, raw, call);
  using deadline = withDeadline(call.scope.signal, common.timeoutMs);
  const target = await context.targetFor(common.delegateTo ?? call.scope.host);
  const system = context.sourceFor(deadline.signal);
  const { sensitive } = common;
  const contents = context.contents.forHost(target.host);
  const { source, held } = openSource(system, contents, context, sensitive);
  const title = sensitive ? "(sensitive)" : type.title(props);
  try {
    const want = await type.want(props, source);
    const inputs = contents.from(system);
    const targetCall = {
      signal: deadline.signal,
      sensitive,
      keep: false,
      inputs,
      onOutput: shower(context, call, sensitive),
    };
    const recordedAs = addressOf(context, title, target.host, want, sensitive);
    const startedAt = performance.now();
    const named = { address: { ...recordedAs, name: title }, text: addressText(recordedAs), recordedAs };
    const action: Action = { type, want, ...named, target, targetCall, sensitive, call, startedAt };
    using _held = await context.holds.take((type.locks?.(want) ?? []).map((name) => `${target.host} ${name}`));
    return await perform(context, action);
  } catch (thrown) {
    const error = placed(thrown, call.location, type.name);
    reportFailure(context, { call, sensitive }, type.name, target.host, title, error);
    throw error;
  } finally {
    context.contents.release(held);
  }
}

/** One call of an action on its way. */
interface Action extends Subject {
  readonly type: AnyAction;
  readonly want: Value;
  readonly target: Target;
  readonly targetCall: TargetCall;
  /** What the record calls it: told apart by all it was asked, so that a carried change finds the same call again. */
  readonly recordedAs: Address;
}

async function perform(context: RunContext, action: Action): Promise<ActionAnswer> {
  const needed = await isNeeded(context, action);
  if (typeof needed === "string") return unknown(context, action, needed);
  if (!needed) return leave(context, action);
  if (action.type.readOnly?.(action.want) === true) return look(context, action);
  if (context.mode === "plan") return predict(context, action);
  return run(context, action);
}

function addressOf(context: RunContext, title: string, host: string, want: Value, sensitive: boolean): Address {
  const asked = encodeValue(sensitive ? seal(want, context.contents, "") : want);
  return { host, kind: "action", name: `${title} #${digestOf(asked).slice(7, 23)}` };
}

/** true, false, or why that cannot be known in plan. */
function isNeeded(context: RunContext, { type, want, target, targetCall }: Action): Promise<boolean | string> {
  return knownIn(context, target, () => target.needed(type, want, targetCall));
}

/** What a look answers, or why nobody can know that in plan. */
async function knownIn<T>(context: RunContext, target: Target, look: () => MaybePromise<T>): Promise<T | string> {
  try {
    return await look();
  } catch (thrown) {
    const because = context.mode === "plan" ? (target.unknownBecause() ?? plannedService(context, thrown)) : undefined;
    if (context.mode === "plan" && thrown instanceof Error && mayBeUnknown(thrown, because))
      return thrown.code === "E_UNKNOWN" ? thrown.message : (because ?? thrown.message);
    throw thrown;
  }
}

function namesOf(results: AnyAction["results"]): readonly string[] {
  return results.map(({ name }) => name);
}

/** What does not answer now may do so once what is planned was done, on whichever host. */
function plannedService({ tally }: RunContext, thrown: unknown): string | undefined {
  if (!(thrown instanceof SlothError) || thrown.code !== "E_HTTP" || !tally.anyChange) return undefined;
  return `${thrown.message}, and what may answer there is only planned`;
}

function leave(context: RunContext, action: Action): ActionAnswer {
  const { type } = action;
  const carried = context.latch.take(action.call.scope, type.name, action.text) !== undefined;
  const outcome = outcomeOf(action, { action: "none", changes: [], carried, predicted: context.mode === "plan" });
  return { outcome: report(context, action, outcome), value: {}, unknown: namesOf(type.results) };
}

/** Only looks: done in plan too, as far as it can be there, and never recorded. */
async function look(context: RunContext, action: Action): Promise<ActionAnswer> {
  const { type, want, target, targetCall } = action;
  const result = await knownIn(context, target, () => target.act(type, want, targetCall));
  if (typeof result === "string") return unknown(context, action, result);
  return {
    outcome: report(context, action, outcomeOf(action, { action: result.changed ? "run" : "none", changes: [] })),
    value: result.value ?? {},
    unknown: [],
  };
}

async function predict(context: RunContext, action: Action): Promise<ActionAnswer> {
  const { type, want, target, targetCall, call } = action;
  context.latch.take(call.scope, type.name, action.text);
  await target.foretell(type, want, targetCall);
  const { name } = action.address;
  const reason = `${type.name} '${name}' at ${call.location.file}:${call.location.line} is only planned`;
  target.noteUnknown(reason, type.reaches && { kind: type.reaches, name });
  const outcome = outcomeOf(action, { action: "run", changes: [], predicted: true });
  return { outcome: report(context, action, outcome), value: {}, unknown: namesOf(type.results) };
}

function unknown(context: RunContext, action: Action, because: string): ActionAnswer {
  const { type, target, address, call } = action;
  const reason = `${type.name} '${address.name}' at ${call.location.file}:${call.location.line} cannot be predicted`;
  if (type.readOnly?.(action.want) !== true)
    target.noteUnknown(reason, type.reaches && { kind: type.reaches, name: address.name });
  const outcome = outcomeOf(action, { action: "run", changes: [], predicted: true, unknown: because });
  return { outcome: report(context, action, outcome), value: {}, unknown: namesOf(type.results) };
}

async function run(context: RunContext, action: Action): Promise<ActionAnswer> {
  const { type, want, target, targetCall, call, recordedAs } = action;
  context.latch.take(call.scope, type.name, action.text);
  const subject = { ...action, address: recordedAs };
  const change = await beginChange(context, subject, { action: "run", changes: [], before: null });
  reportStart(context, action);
  try {
    return await finish(context, action, change, await target.act(type, want, targetCall));
  } catch (thrown) {
    change.failed(placed(thrown, call.location, type.name), () => undefined);
    throw thrown;
  }
}

async function finish(
  context: RunContext,
  action: Action,
  change: ChangeUnderWay,
  result: ActionResult,
): Promise<ActionAnswer> {
  const outcome = outcomeOf(action, { action: result.changed ? "run" : "none", changes: [] });
  change.done({ outcome: outcome.action, after: null });
  if (!result.changed) {
    context.latch.forget(change.id);
    await context.ledger.settle([change.id]);
  }
  const told = result.message === undefined ? outcome : { ...outcome, message: result.message };
  return { outcome: report(context, action, told), value: result.value ?? {}, unknown: [] };
}

function shower(context: RunContext, call: Call, sensitive: boolean): TargetCall["onOutput"] {
  if (sensitive) return undefined;
  const { task } = call.scope;
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return (stream, chunk) =>
    context.emit({ type: "output", task, stream, text: decoders[stream].decode(chunk, { stream: true }) });
}
