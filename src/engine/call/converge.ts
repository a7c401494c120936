import { after } from "../../base/maybe-promise.ts";
import { applyChanges } from "./apply-changes.ts";
import { SlothError } from "../../base/errors.ts";
import type { RunContext } from "../context.ts";
import { outcomeOf, report } from "./outcome.ts";
import type { Outcome } from "../events.ts";
import type { Declaration } from "../record/record.ts";
import type { Change } from "../resource.ts";
import { declaredRow, declaredSoFar } from "../record/declared-so-far.ts";
import { plainFacts } from "../record/resource-row.ts";
import { seal, sealObject } from "./seal.ts";
import { type Steps } from "./steps.ts";
import { sameValue } from "../../base/value.ts";
import type { Found, Work } from "./work.ts";

/** Brings resources of one type to where they should be, those that differ in one go where the type can. Holds their addresses. */
export function* converge(context: RunContext, works: readonly Work[]): Steps<readonly Outcome[]> {
  const taken = context.holds.take(works.flatMap(locksOf));
  using _held = taken instanceof Promise ? ((yield taken) as Disposable) : taken;
  const found: Found[] = [];
  for (const work of works) {
    const one = look(context, work);
    found.push(one instanceof Promise ? ((yield one) as Found) : one);
  }
  const differing = found.filter(({ examined }) => examined.diff.changes.length > 0);
  if (differing.length === 0) return found.map((one) => leave(context, one));
  const made = (yield applyChanges(context, differing)) as ReadonlyMap<Found, Outcome>;
  return found.map((one) => made.get(one) ?? leave(context, one));
}

function locksOf({ type, address, text, want }: Work): readonly string[] {
  const more = type.locks?.(want);
  return more === undefined ? [text] : [text, ...more.map((name) => `${address.host} ${name}`)];
}

function look(context: RunContext, work: Work): Found | Promise<Found> {
  return after(work.target.examine(work.type, work.address.name, work.want, work.targetCall), (examined) => {
    const declaration = declarationOf(context, work, examined.diff.desired);
    const found = { work, examined, declaration };
    refuseConflict(context, found);
    return found;
  });
}

/** As recorded: sealed when the call is sensitive. */
function declarationOf(context: RunContext, work: Work, desired: Found["examined"]["diff"]["desired"]): Declaration {
  const stated = desired === null ? null : plainFacts(desired);
  const { type, want, sensitive, address } = work;
  if (!sensitive) return { type: type.name, version: type.version, want, stated };
  const sealed = stated === null ? null : sealObject(stated, context.contents, address.name);
  return { type: type.name, version: type.version, want: seal(want, context.contents, address.name), stated: sealed };
}

/** Two different contents for one file in one run: whichever came last would win, and the next run would turn it again. */
function refuseConflict(context: RunContext, { work, declaration }: Found): void {
  const earlier = context.declared.get(work.text);
  if (earlier === undefined || declaration.stated === null) return;
  const row = declaredRow(context, earlier, work.address);
  for (const property of work.type.exclusive ?? []) {
    const { at } = earlier;
    const before = (row?.properties as { [property: string]: unknown } | null | undefined)?.[property];
    const now = declaration.stated[property];
    if (before === undefined || now === undefined || sameValue(before as never, now)) continue;
    const message = `${work.address.name} is given another ${property} here than at ${at.file}:${at.line}`;
    throw new SlothError("E_CONFLICT", message, { hint: "declare it once" });
  }
}

/** Nothing differs: recorded as found true, and an earlier change that is not settled yet is answered again. */
function leave(context: RunContext, found: Found): Outcome {
  const { work } = found;
  const row = declaredSoFar(context, found, found.declaration.stated, false);
  context.ledger.unchanged(row);
  const carried = carries(context, found);
  return report(
    context,
    work,
    outcomeOf(work, { action: "none", changes: [], carried, predicted: context.mode === "plan" }),
  );
}

/** An unsettled change of this resource is answered once more; after a restart of the machine, every resource of a task cut off is. */
function carries(context: RunContext, { work }: Found): boolean {
  const { scope, location } = work.call;
  if (context.latch.take(scope, work.type.name, work.text) !== undefined) return true;
  if (!context.rebooted.has(scope.task) || !context.latch.first(scope, work.type.name, work.text)) return false;
  const none: readonly Change[] = [];
  const place = `${location.file}:${location.line}`;
  const change = { task: scope.task, type: work.type.name, address: work.text };
  const intent = {
    ...change,
    address: work.address,
    action: "none",
    changes: none,
    before: null,
    location: place,
  } as const;
  const changeId = context.ledger.intend(intent);
  context.latch.made({ ...change, changeId }, scope);
  context.ledger.done(changeId, { outcome: "none", changes: none, after: null, durationMs: 0 });
  return true;
}
