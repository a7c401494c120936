import { addressText } from "../../base/address.ts";
import { turns } from "../../base/turns.ts";
import { isOfHost, toError } from "../../base/errors.ts";
import { diffStated } from "../call/diff.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { HeldContents } from "../target/held-contents.ts";
import type { Emit, OutcomeAction } from "../events.ts";
import { problemOf } from "../problem.ts";
import { type Journal, type Kept, type ResourceRow } from "../record/record.ts";
import type { Facts, Inputs } from "../resource.ts";
import { ChangeUnderWay, notConverged } from "../call/change-under-way.ts";
import { outcomeOf } from "../call/outcome.ts";
import { tracesOf } from "../call/traces.ts";
import type { Tally } from "../record/tally.ts";
import type { SealedFiles } from "../record/sealed-files.ts";
import type { Applied, Target, TargetCall } from "../target/target.ts";
import { addAbove, waits } from "./staying-directories.ts";
import { isSealedStep, type Act, type Step } from "./step.ts";

/** What carrying steps out needs of the run that it is. */
export interface Undoing {
  /** As typed, in the place of file and line. */
  readonly command: string;
  readonly ledger: Pick<Journal, "intend" | "done" | "failed" | "forgetOriginal">;
  readonly saves: (row: ResourceRow) => void;
  readonly contents: HeldContents;
  readonly sealedFiles: SealedFiles;
  readonly inputs: Inputs;
  readonly targetFor: (host: string) => Promise<Target> | Target;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly tally: Tally;
}

/** Tells what a step would do. */
export function foretell({ emit, tally, command }: Pick<Undoing, "emit" | "tally" | "command">, step: Step): void {
  if (step.idle === true) return;
  if (step.cannot !== undefined) return refuse({ emit, tally }, step, step.cannot);
  tell({ emit, tally, command }, step, { predicted: true });
  if (step.lacks !== undefined) refuse({ emit, tally }, step, step.lacks);
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
  const inUse = new Set<string>();
  const changes: number[] = [];
  const turn = turns(undoing.signal);
  for (const [index, planned] of steps.entries()) {
    const address = addressText(planned.row);
    if (broken.has(address)) continue;
    if (await isStopped(undoing.signal, turn)) {
      tellLeft(undoing, steps.length - index);
      break;
    }
    const step = waiting(await asItIsNow(planned), inUse);
    if (step.idle === true) continue;
    const { task } = step.row;
    if (!tasks.has(task)) journal.taskStarted(task, 1);
    tasks.add(task);
    const { changeId, ok } = await carryOut(undoing, step);
    if (changeId !== null) changes.push(changeId);
    if (ok) continue;
    if (step.row.kind === PATH_KIND) addAbove(inUse, step.row);
    broken.add(address);
    failed.add(task);
  }
  return { changes, tasks, failed, ok: broken.size === 0 && !undoing.signal.aborted };
}

async function isStopped(signal: AbortSignal, turn: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await turn();
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  return signal.aborted;
}

function tellLeft({ emit }: Undoing, count: number): void {
  const message = `stopped: ${count} of the steps were not done; the same command does them`;
  emit({ type: "notice", task: "main", message });
}

/** What there was nothing to do about, or could not be done, is looked at again: steps before it may have changed that. */
function asItIsNow(step: Step): Promise<Step> | Step {
  return step.act === undefined && step.renew !== undefined ? step.renew() : step;
}

/** What was refused keeps the directories above it, and the record of them, until it is undone. */
function waiting(step: Step, inUse: ReadonlySet<string>): Step {
  const { row, act } = step;
  return act?.item.remove === true && inUse.has(`${row.host}\0${row.name}`) ? waits(step) : step;
}

/** Does what a step says and records it. Answers the id of the change; null: none was made. Failures are told and recorded, never thrown. */
async function carryOut(undoing: Undoing, step: Step): Promise<{ changeId: number | null; ok: boolean }> {
  if (step.cannot !== undefined) {
    refuse(undoing, step, step.cannot);
    return { changeId: null, ok: false };
  }
  if (step.act === undefined) {
    if (step.trace !== true) undoing.saves(step.becomes(null));
    if (step.undone === true) undoing.ledger.forgetOriginal(step.row);
    tell(undoing, step, { predicted: false });
    if (step.lacks !== undefined) refuse(undoing, step, step.lacks);
    return { changeId: null, ok: step.lacks === undefined };
  }
  const sensitive = isSealedStep(step);
  const call: TargetCall = {
    signal: undoing.signal,
    sensitive,
    keep: sensitive || isOfSealedFile(undoing, step, step.act) ? false : "always",
    inputs: undoing.inputs,
  };
  const { act } = step;
  const of = changeOf(undoing, step, sensitive);
  let change: ChangeUnderWay | undefined;
  try {
    const target = await undoing.targetFor(step.row.host);
    const beforeContents = await beforeOf(target, act.type, act.item, call);
    const { actual: before } = (act.clears ?? act.item).diff;
    const { changes } = step;
    const role = step.trace === true ? "along" : undefined;
    const action = outcomeAction(step);
    change = await ChangeUnderWay.begin(undoing, of, { action, changes, before, beforeContents, role });
    const items = act.clears === undefined ? [act.item] : [act.clears, act.item];
    const keepableOf = (path: string, kept: Kept | undefined) => keepable(undoing, step, path, kept);
    const traces = tracesOf({ ...of, writer: undoing, own: [act.item.name], keepable: keepableOf });
    const applied = (await target.apply(act.type, items, { ...call, traces })).at(-1);
    if (applied === undefined) throw new Error(`no answer for ${addressText(step.row)}`);
    refuseUnfinished(act, applied, sensitive);
    const stays = whyItStays(act, applied.after);
    const told: Step = stays === undefined ? step : { ...step, action: "release", changes: [], note: stays };
    const { after, contents: afterContents } = applied;
    const row = step.trace === true ? undefined : step.becomes(after);
    change.done({ outcome: outcomeAction(told), after, afterContents, row });
    if (step.undone === true) undoing.ledger.forgetOriginal(step.row);
    for (const row of step.along ?? []) await owe(undoing, row);
    tell(undoing, told, { predicted: false, startedAt: of.startedAt });
    if (step.lacks !== undefined) refuse(undoing, step, step.lacks);
    return { changeId: change.id, ok: step.lacks === undefined };
  } catch (thrown) {
    const error = toError(thrown);
    change?.failed(error, (message) =>
      step.trace === true ? undefined : { ...step.row, state: "failed", error: message },
    );
    const { message, code } = problemOf(error);
    refuse(undoing, step, message, code);
    return { changeId: change?.id ?? null, ok: false };
  }
}

function changeOf({ command: location }: Undoing, { row, type }: Pick<Step, "row" | "type">, sensitive: boolean) {
  const { task, host, kind, name } = row;
  return { task, address: { host, kind, name }, type, location, sensitive, startedAt: performance.now() };
}

/** None of what is sensitive, nor of a file that anything sensitive is about. */
function keepable(undoing: Undoing, step: Step, path: string, kept: Kept | undefined): Kept | undefined {
  return isSealedStep(step) || undoing.sealedFiles.has(step.row.host, path) ? undefined : kept;
}

/** A change that was made by way of another one, for those who wait for it. */
async function owe(undoing: Undoing, row: ResourceRow): Promise<void> {
  const of = changeOf(undoing, { row, type: row.module }, false);
  const change = await ChangeUnderWay.begin(undoing, of, { action: "none", changes: [], before: null });
  change.done({ outcome: "none", after: null });
}

/** Somebody else's sensitive declaration is about the same file. */
function isOfSealedFile({ sealedFiles }: Undoing, { row }: Step, { type, item }: Act): boolean {
  const path = type.file?.(item.want);
  return path !== undefined && sealedFiles.has(row.host, path);
}

/** The file's contents as they are now, for the history and for undoing this in turn. */
async function beforeOf(
  target: Target,
  type: Act["type"],
  { name, want, diff }: Act["item"],
  call: TargetCall,
): Promise<Kept | undefined> {
  if (call.keep === false || diff.actual === null || type.file?.(want) === undefined) return undefined;
  const kind = diff.actual["type"];
  if (kind !== undefined && kind !== "file") return undefined;
  return (await target.examine(type, name, want, call)).before;
}

/** Looked at again: a difference left is an error. */
function refuseUnfinished(act: Act, { after }: Applied, sensitive: boolean): void {
  const { type, item } = act;
  const { changes } = type.diff?.(after, item.diff.desired) ?? diffStated(after, item.diff.desired);
  if (changes.length === 0 || whyItStays(act, after) !== undefined) return;
  throw notConverged(changes, sensitive, "put back");
}

/** Why what was to be taken away is still there, where that is as it should be. */
function whyItStays({ type, item }: Act, after: Facts | null): string | undefined {
  return item.remove === true && after !== null ? type.undo?.stays?.(after) : undefined;
}

function outcomeAction({ action }: Step): OutcomeAction {
  return action === "release" ? "none" : action;
}

function tell(
  { emit, tally, command }: Pick<Undoing, "emit" | "tally" | "command">,
  step: Step,
  { predicted, startedAt }: { readonly predicted: boolean; readonly startedAt?: number },
): void {
  const sensitive = isSealedStep(step);
  const { row, type, changes, note } = step;
  const address = addressText(row);
  const subject = { type: { name: type }, address: row, sensitive };
  const said = outcomeOf(subject, { action: outcomeAction(step), changes, predicted });
  const outcome = { ...said, message: note ?? (said.action === "none" ? "released" : said.message) };
  tally.add(outcome, row.host);
  const location = { file: command, line: 0 };
  const durationMs = startedAt === undefined ? 0 : performance.now() - startedAt;
  emit({ type: "resource_done", task: row.task, host: row.host, address, location, outcome, durationMs, sensitive });
  if (note !== undefined) emit({ type: "notice", task: row.task, message: `${address}: ${note}` });
}

function refuse(
  { emit, tally }: Pick<Undoing, "emit" | "tally">,
  { row, type }: Step,
  why: string,
  code = "E_CANNOT_UNDO",
): void {
  tally.failed(row.host);
  const host = isOfHost({ code }) ? row.host : undefined;
  if (host !== undefined) tally.unreachable(host);
  const error = { code, message: `${addressText(row)}: ${why}`, host };
  emit({ type: "resource_failed", task: row.task, host: row.host, resource: type, name: row.name, error });
}
