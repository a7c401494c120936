import { turns } from "../../base/turns.ts";
import { after } from "../../base/maybe-promise.ts";
import { addressText } from "../../base/address.ts";
import { parsePlaced } from "./common-fields.ts";
import type { Call, RunContext } from "../context.ts";
import { counted } from "./progress.ts";
import { converge } from "./converge.ts";
import { withDeadline } from "./deadline.ts";
import type { Outcome } from "../events.ts";
import { outcomeOf, report, reportFailure, summed } from "./outcome.ts";
import { mayBeUnknown, placed } from "../problem.ts";
import type { AnyResource, Source, TargetLook } from "../resource.ts";
import { sealIdentity } from "./seal.ts";
import { openSource } from "./source.ts";
import { take, type Steps } from "./steps.ts";
import type { Target, TargetCall } from "../target/target.ts";
import { isObject, type Value } from "../../base/value.ts";
import type { Work } from "./work.ts";

/**
 * One call of a resource function: parse, expand, want; then for each resource look, compare, and where it differs act, look again and
 * record. Throws what the user has to see, with its place; what was done by then is recorded and told. Answers at once when nothing
 * had to be waited for.
 */
export function callResource(
  context: RunContext,
  type: AnyResource,
  raw: Value | undefined,
  call: Call,
): Outcome | Promise<Outcome> {
  return take(declared(context, type, raw, call));
}

function* declared(context: RunContext, type: AnyResource, raw: Value | undefined, call: Call): Steps<Outcome> {
  const { common, props } = parsePlaced(type, raw, call);
  using deadline = withDeadline(call.scope.signal, common.timeoutMs);
  const reached = context.targetFor(common.delegateTo ?? call.scope.host);
  const host = reached instanceof Promise ? ((yield reached) as Target) : reached;
  const placedOn = type.local ? context.targetFor("local") : host;
  const target = placedOn instanceof Promise ? ((yield placedOn) as Target) : placedOn;
  const system = context.sourceFor(deadline.signal);
  const contents = context.contents.forHost(target.host);
  const { source, held } = openSource(system, contents, context, common.sensitive);
  const keep = !common.sensitive && (context.mode === "apply" || context.diff);
  const copying = { task: call.scope.task, host: target.host, resource: type.name };
  const inputs = counted(contents.from(system), (digest) => contents.sizeOf(digest, system), context, copying);
  const one: One = {
    type,
    host,
    target,
    source,
    call,
    targetCall: { signal: deadline.signal, sensitive: common.sensitive, keep, inputs },
  };
  try {
    const outcomes = yield* outcomesOf(context, one, props);
    const [first] = outcomes;
    return outcomes.length === 1 && first !== undefined ? first : summed(type.name, type.identity(props), outcomes);
  } catch (thrown) {
    throw placed(thrown, call.location, type.name);
  } finally {
    context.contents.release(held);
  }
}

function* outcomesOf(context: RunContext, one: One, props: unknown): Steps<readonly Outcome[]> {
  const { type, source, host, targetCall } = one;
  const look: TargetLook = {
    host: host.host,
    open: (path) => host.open(path, targetCall.signal),
    isDirectory: (path) => !isRecordedFile(context, type, host.host, path) && host.isDirectory(path),
    ask: (query, want) => host.query(query, want, targetCall),
  };
  let items: readonly unknown[] = [props];
  try {
    const expanded = type.expand?.(props, source, look) ?? items;
    items = expanded instanceof Promise ? ((yield expanded) as readonly unknown[]) : expanded;
  } catch (thrown) {
    return failedOrUnknown(context, one, items, thrown);
  }
  return type.applyAll === undefined && items.length !== 1
    ? yield* eachOf(context, one, items)
    : yield* together(context, one, items);
}

/**
 * On another host what is recorded as a file is taken for no directory without asking, which would cost a round trip: were it one by
 * now, looking at it says so.
 */
function isRecordedFile(context: RunContext, { kind }: AnyResource, host: string, path: string): boolean {
  if (host === "local") return false;
  const recorded = context.ledger.recorded({ host, kind, name: path });
  return isObject(recorded?.properties) && recorded.properties["content"] !== undefined;
}

/** What the resources of one call share. */
interface One {
  readonly type: AnyResource;
  /** What the call is for; the resource may be here all the same. */
  readonly host: Target;
  readonly target: Target;
  readonly source: Source;
  readonly call: Call;
  readonly targetCall: TargetCall;
}

function* eachOf(context: RunContext, one: One, items: readonly unknown[]): Steps<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const turn = turns(one.targetCall.signal);
  for (const item of items) {
    const due = turn();
    if (due !== undefined) yield due;
    outcomes.push(...(yield* together(context, one, [item])));
  }
  return outcomes;
}

function* together(context: RunContext, one: One, items: readonly unknown[]): Steps<readonly Outcome[]> {
  const works: Work[] = [];
  try {
    for (const item of items) {
      const work = workFor(context, one, item);
      works.push(work instanceof Promise ? ((yield work) as Work) : work);
    }
    return yield* converge(context, works);
  } catch (thrown) {
    return failedOrUnknown(context, one, items, thrown);
  }
}

function workFor(context: RunContext, one: One, item: unknown): Work | Promise<Work> {
  const { type, target, source, call, targetCall } = one;
  const startedAt = performance.now();
  const address = { host: target.host, kind: type.kind, name: nameOf(context, one, item) };
  const { sensitive } = targetCall;
  return after(type.want(item, source), (want) => {
    return { type, address, text: addressText(address), want, target, targetCall, sensitive, call, startedAt };
  });
}

function nameOf(context: RunContext, { type, targetCall }: One, item: unknown): string {
  if (!targetCall.sensitive) return type.identity(item);
  return sealIdentity((props) => type.identity(props), item, context.contents);
}

/** In plan, what fails for want of something only planned is unknown and no failure; else the failure is told and goes on. */
function failedOrUnknown(
  context: RunContext,
  one: One,
  items: readonly unknown[],
  thrown: unknown,
): readonly Outcome[] {
  const { type, target, call, targetCall } = one;
  const error = placed(thrown, call.location, type.name);
  const names = items.map((item) => nameOf(context, one, item));
  const because = context.mode === "plan" ? target.unknownBecause() : undefined;
  if (context.mode !== "plan" || !mayBeUnknown(error, because)) {
    reportFailure(context, { call, sensitive: targetCall.sensitive }, type.name, target.host, names.join(", "), error);
    throw error;
  }
  const unknown = error.code === "E_UNKNOWN" ? error.message : (because ?? error.message);
  const place = `${call.location.file}:${call.location.line}`;
  return names.map((name) => {
    const address = { host: target.host, kind: type.kind, name };
    target.noteUnknown(`${type.name} ${name} (${place}) cannot be predicted`, address);
    const { sensitive } = one.targetCall;
    const subject = { type, address, text: addressText(address), sensitive, call, startedAt: performance.now() };
    return report(context, subject, outcomeOf(subject, { action: "update", changes: [], predicted: true, unknown }));
  });
}
