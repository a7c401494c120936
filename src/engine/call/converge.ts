import { after } from "../../base/maybe-promise.ts";
import { applyChanges } from "./apply-changes.ts";
import { beginChange } from "./begin-change.ts";
import { holdsKeyed } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import type { RunContext } from "../context.ts";
import { outcomeOf, report } from "./outcome.ts";
import type { Outcome } from "../events.ts";
import type { Declaration } from "../record/record.ts";
import { declaredRow, declaredSoFar } from "../record/declared-so-far.ts";
import { plainFacts } from "../record/resource-row.ts";
import { seal, sealObject } from "./seal.ts";
import { type Steps } from "./steps.ts";
import { sameValue, type Value } from "../../base/value.ts";
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
  const made = differing.length === 0 ? undefined : yield applyChanges(context, differing);
  const outcomes: Outcome[] = [];
  for (const one of found) {
    const outcome = (made as ReadonlyMap<Found, Outcome> | undefined)?.get(one) ?? leave(context, one);
    outcomes.push(outcome instanceof Promise ? ((yield outcome) as Outcome) : outcome);
  }
  return outcomes;
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
  const declared = { type: type.name, version: type.version };
  if (!sensitive) return { ...declared, want, stated, hostKey: hostKeyOf(address, want) };
  const sealed = stated === null ? null : sealObject(stated, context.contents, address.name);
  const sealedWant = seal(want, context.contents, address.name);
  return { ...declared, want: sealedWant, stated: sealed, hostKey: hostKeyOf(address, sealedWant) };
}

function hostKeyOf({ host }: Work["address"], want: Value): true | undefined {
  return host !== "local" && holdsKeyed(want) ? true : undefined;
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
function leave(context: RunContext, found: Found): Outcome | Promise<Outcome> {
  const { work } = found;
  const carrying = carries(context, work);
  const row = declaredSoFar(context, found, found.declaration.stated, false);
  context.ledger.unchanged(row);
  return after(carrying, (carried) => {
    const predicted = context.mode === "plan";
    return report(context, work, outcomeOf(work, { action: "none", changes: [], carried, predicted }));
  });
}

/** An unsettled change of this resource is answered once more; after a restart of the machine, every resource of a task cut off is. */
function carries(context: RunContext, work: Work): boolean | Promise<boolean> {
  const { scope } = work.call;
  const standsIn = (): boolean => !isKnownAt(context, work);
  if (context.latch.take(scope, work.type.name, work.text, standsIn) !== undefined) return true;
  if (!context.rebooted.has(scope.task) || !context.latch.first(scope, work.type.name, work.text)) return false;
  return after(beginChange(context, work, { action: "none", changes: [], before: null }), (change) => {
    change.done({ outcome: "none", after: null });
    return true;
  });
}

/** The record knows calls of this type at this address; a new one is another one rewritten, and answers for it. */
function isKnownAt(context: RunContext, { type, address }: Work): boolean {
  const declarations = context.ledger.recorded(address)?.declarations ?? [];
  return declarations.some((declaration) => declaration.type === type.name);
}
