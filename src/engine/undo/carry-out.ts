import { addressText } from "../../base/address.ts";
import { SlothError, toError } from "../../base/errors.ts";
import { diffStated } from "../call/diff.ts";
import type { HeldContents } from "../target/held-contents.ts";
import type { Emit, Outcome, OutcomeAction } from "../events.ts";
import { problemOf } from "../problem.ts";
import { type Journal, type Kept, type ResourceRow } from "../record/record.ts";
import type { Change, Facts, Inputs } from "../resource.ts";
import { plainFacts } from "../record/resource-row.ts";
import { hideChanges, sealObject } from "../call/seal.ts";
import type { Tally } from "../record/tally.ts";
import type { Applied, Target, TargetCall } from "../target/target.ts";
import type { ValueObject } from "../../base/value.ts";
import { isSealed } from "./sealed.ts";
import type { Act, Step } from "./step.ts";

/** What carrying steps out needs of the run that it is. */
export interface Undoing {
  /** As typed, in the place of file and line. */
  readonly command: string;
  readonly ledger: Pick<Journal, "intend" | "done" | "failed">;
  readonly saves: (row: ResourceRow) => void;
  readonly contents: HeldContents;
  readonly inputs: Inputs;
  readonly targetFor: (host: string) => Promise<Target> | Target;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly tally: Tally;
}

/** Tells what a step would do. */
export function foretell({ emit, tally, command }: Pick<Undoing, "emit" | "tally" | "command">, step: Step): void {
  if (step.cannot !== undefined) return refuse({ emit, tally }, step, step.cannot);
  tell({ emit, tally, command }, step, { predicted: true, durationMs: 0 });
}

export interface Made {
  readonly changes: readonly number[];
  readonly tasks: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  readonly ok: boolean;
}

/** In order; what failed at an address is not gone on with there, all else is. A signal stops between two steps. */
export async function stepByStep(
  steps: readonly Step[],
  undoing: Undoing,
  journal: Pick<Journal, "taskStarted">,
): Promise<Made> {
  const tasks = new Set<string>();
  const failed = new Set<string>();
  const broken = new Set<string>();
  const changes: number[] = [];
  for (const step of steps) {
    const address = addressText(step.row);
    if (undoing.signal.aborted || broken.has(address)) continue;
    const { task } = step.row;
    if (!tasks.has(task)) journal.taskStarted(task, 1);
    tasks.add(task);
    const { changeId, ok } = await carryOut(undoing, step);
    if (changeId !== null) changes.push(changeId);
    if (ok) continue;
    broken.add(address);
    failed.add(task);
  }
  return { changes, tasks, failed, ok: broken.size === 0 && !undoing.signal.aborted };
}

/** Does what a step says and records it. Answers the id of the change; null: none was made. Failures are told and recorded, never thrown. */
async function carryOut(undoing: Undoing, step: Step): Promise<{ changeId: number | null; ok: boolean }> {
  const { ledger, saves } = undoing;
  if (step.cannot !== undefined) {
    refuse(undoing, step, step.cannot);
    return { changeId: null, ok: false };
  }
  const startedAt = performance.now();
  if (step.act === undefined) {
    saves(step.becomes(null));
    tell(undoing, step, { predicted: false, durationMs: 0 });
    return { changeId: null, ok: true };
  }
  const sensitive = isSealed(step.row);
  const call: TargetCall = {
    signal: undoing.signal,
    sensitive,
    keep: sensitive ? false : "always",
    inputs: undoing.inputs,
  };
  let changeId: number | null = null;
  try {
    const target = await undoing.targetFor(step.row.host);
    changeId = ledger.intend(await intentOf(undoing, step, step.act, target, call));
    const [applied] = await target.apply(step.act.type, [step.act.item], call);
    if (applied === undefined) throw new Error(`no answer for ${addressText(step.row)}`);
    refuseUnfinished(step.act, applied, sensitive);
    const stays = isLeftDirectory(step.act.item.remove, applied.after);
    const told: Step = stays ? { ...step, action: "release", changes: [], note: "is not empty, so it stays" } : step;
    ledger.done(changeId, {
      outcome: outcomeAction(told),
      changes: sealedChanges(undoing, step, sensitive),
      after: sealedFacts(undoing, step, applied.after, sensitive),
      afterContents: applied.contents,
      row: step.becomes(applied.after),
      durationMs: performance.now() - startedAt,
    });
    for (const row of step.along ?? []) owe(undoing, row);
    tell(undoing, told, { predicted: false, durationMs: performance.now() - startedAt });
    return { changeId, ok: true };
  } catch (thrown) {
    const error = toError(thrown);
    const problem = problemOf(error);
    if (changeId !== null) ledger.failed(changeId, problem, { ...step.row, state: "failed", error: problem.message });
    refuse(undoing, step, problem.message, problem.code);
    return { changeId, ok: false };
  }
}

/** A change that was made by way of another one, for those who wait for it. */
function owe({ ledger, command }: Undoing, { host, kind, name, module, task }: ResourceRow): void {
  const none = { changes: [], before: null, location: command };
  const id = ledger.intend({ task, address: { host, kind, name }, type: module, action: "none", ...none });
  ledger.done(id, { outcome: "none", changes: [], after: null, durationMs: 0 });
}

async function intentOf(undoing: Undoing, step: Step, { type, item }: Act, target: Target, call: TargetCall) {
  const sensitive = isSealed(step.row);
  const { host, kind, name } = step.row;
  return {
    task: step.row.task,
    address: { host, kind, name },
    type: step.type,
    action: outcomeAction(step),
    changes: sealedChanges(undoing, step, sensitive),
    before: sealedFacts(undoing, step, item.diff.actual, sensitive),
    beforeContents: await beforeOf(target, type, item, call),
    location: undoing.command,
  };
}

/** The file's contents as they are now, for the history and for undoing this in turn. */
async function beforeOf(
  target: Target,
  type: Act["type"],
  { name, want, diff }: Act["item"],
  call: TargetCall,
): Promise<Kept | undefined> {
  if (call.keep === false || diff.actual === null || type.file?.(want) === undefined) return undefined;
  return (await target.examine(type, name, want, call)).before;
}

/** Looked at again: a difference left is an error. */
function refuseUnfinished({ type, item }: Act, { after }: Applied, sensitive: boolean): void {
  const { changes } = type.diff?.(after, item.diff.desired) ?? diffStated(after, item.diff.desired);
  if (changes.length === 0 || isLeftDirectory(item.remove, after)) return;
  const left = changes.map(({ property, from, to }) => {
    return sensitive ? property : `${property} is ${JSON.stringify(from)}, should be ${JSON.stringify(to)}`;
  });
  throw new SlothError("E_NOT_CONVERGED", `still differs after it was put back: ${left.join("; ")}`);
}

/** `remove` leaves a directory that has something in it. */
function isLeftDirectory(removes: boolean | undefined, after: Facts | null): boolean {
  return removes === true && after?.["type"] === "directory";
}

function sealedChanges(undoing: Undoing, step: Step, sensitive: boolean): readonly Change[] {
  if (!sensitive) return step.changes;
  return step.changes.map(({ property, from, to }) => {
    const pair = sealObject({ from, to }, undoing.contents, step.row.name);
    return { property, from: pair["from"] ?? null, to: pair["to"] ?? null };
  });
}

function sealedFacts(undoing: Undoing, step: Step, facts: Facts | null, sensitive: boolean): ValueObject | null {
  if (facts === null) return null;
  return sensitive ? sealObject(plainFacts(facts), undoing.contents, step.row.name) : plainFacts(facts);
}

function outcomeAction({ action }: Step): OutcomeAction {
  return action === "release" ? "none" : action;
}

function tell(
  { emit, tally, command }: Pick<Undoing, "emit" | "tally" | "command">,
  step: Step,
  { predicted, durationMs }: { readonly predicted: boolean; readonly durationMs: number },
): void {
  const sensitive = isSealed(step.row);
  const { row, type, changes, note } = step;
  const action = outcomeAction(step);
  const outcome: Outcome = {
    changed: action !== "none",
    action,
    type,
    name: row.name,
    changes: sensitive ? hideChanges(changes) : changes,
    message: note ?? (action === "none" ? "released" : `${action}d`),
    predicted,
    carried: false,
  };
  tally.add(outcome);
  const at = { task: row.task, host: row.host, address: addressText(row), location: { file: command, line: 0 } };
  emit({ type: "resource_done", ...at, outcome, durationMs, sensitive });
  if (note !== undefined) emit({ type: "notice", task: row.task, message: `${addressText(row)}: ${note}` });
}

function refuse(
  { emit, tally }: Pick<Undoing, "emit" | "tally">,
  { row, type }: Step,
  why: string,
  code = "E_CANNOT_UNDO",
): void {
  tally.failed();
  const error = { code, message: `${addressText(row)}: ${why}` };
  emit({ type: "resource_failed", task: row.task, host: row.host, resource: type, name: row.name, error });
}
