import { addressText } from "../base/address.ts";
import { type ResourceRow } from "../engine/record/record.ts";
import { typesOf } from "../engine/undo/find-drift.ts";
import { destroySteps } from "../engine/undo/destroy.ts";
import { foretell, stepByStep, type Undoing } from "../engine/undo/carry-out.ts";
import { keptInputs } from "../engine/undo/kept.ts";
import type { Step } from "../engine/undo/step.ts";
import { askProbe } from "../engine/record/registrations.ts";
import { Tally } from "../engine/record/tally.ts";
import { UsageError } from "../base/errors.ts";
import type { RunParts, SessionEnd } from "../lua/session.ts";
import { modules } from "../modules/registry.ts";
import type { Stack } from "../store/contract.ts";
import { confirm } from "./confirm.ts";
import { noLongerDeclared } from "./no-longer-declared.ts";
import type { Around } from "./around.ts";
import type { WorkflowRequest } from "./workflow-request.ts";

/** The name under which what is pruned stands in the history. */
const TASK = "--prune";

/** Asked for before the run, as its answer would come too late. */
export function refuseUnaskedPrune({ prune, mode, yes }: WorkflowRequest, interactive: boolean): void {
  if (!prune || mode !== "apply" || yes || interactive) return;
  throw new UsageError("there is no terminal to confirm --prune on; nothing was done", { hint: "confirm with --yes" });
}

export interface PruneRequest {
  readonly request: WorkflowRequest;
  readonly around: Around;
  readonly parts: RunParts;
  readonly end: SessionEnd;
  /** null: there is no record yet. */
  readonly stack: Stack | null;
  readonly workflow: string;
  /** Of `--on`. */
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Undoes what a workflow of this name declared before and declares no longer, after a run of all its tasks that succeeded. In plan it
 * is only told. Answers whether all of it was done.
 */
export async function prune(asked: PruneRequest): Promise<boolean> {
  const { parts, request, around, signal } = asked;
  const { context, journal } = parts;
  const steps = await stepsOf(asked);
  if (steps.every(({ idle }) => idle === true)) return true;
  const command = `${request.mode === "apply" ? "run" : "plan"} --prune`;
  const undoing: Undoing = {
    command,
    ledger: context.ledger,
    saves: (row) => void context.record.save(row),
    contents: context.contents,
    sealedFiles: context.sealedFiles,
    inputs: keptInputs((await asked.stack?.undoing())?.contents ?? (() => null)),
    targetFor: context.targetFor,
    signal,
    emit: context.emit,
    tally: journal === null ? context.tally : new Tally(),
  };
  for (const step of steps) foretell(undoing, step);
  if (journal === null) return true;
  const count = steps.filter(({ act }) => act !== undefined).length;
  if (!(await confirm(around, `Undo ${count} resources that the workflow declares no longer?`, request.yes)))
    return true;
  const made = await stepByStep(steps, { ...undoing, tally: context.tally }, journal);
  await Promise.all(Array.from(parts.targets(), (target) => target.settle()));
  await journal.taskEnded(TASK, made.ok ? "ok" : "failed", undefined, made.changes);
  return made.ok;
}

async function stepsOf(asked: PruneRequest): Promise<readonly Step[]> {
  const { stack, parts, end, signal, request } = asked;
  const undone = [...end.tasks].find(([, { result }]) => result !== "ok");
  if (stack === null || undone !== undefined) {
    if (undone !== undefined) tell(parts, `nothing is pruned: task '${undone[0]}' was not run (${undone[1].result})`);
    return [];
  }
  const { context } = parts;
  const system = context.sourceFor(signal);
  const undoing = await stack.undoing();
  const looking = {
    types: typesOf(modules),
    targetFor: context.targetFor,
    contents: context.contents,
    call: { signal, sensitive: false, keep: false, inputs: keptInputs(undoing.contents) },
    probe: (_row: ResourceRow, argv: readonly string[]) => askProbe(argv, system),
  };
  const going = await rowsOf(asked, stack);
  const stays = staying(parts, going);
  const steps = await destroySteps(going, { ...undoing, looking, force: request.force, stays });
  return steps.map(asPruned);
}

function asPruned(step: Step): Step {
  const { row, renew } = step;
  return { ...step, row: { ...row, task: TASK }, renew: renew && (async () => asPruned(await renew())) };
}

/** As they are recorded. */
async function rowsOf({ parts, workflow, hosts }: PruneRequest, stack: Stack): Promise<readonly ResourceRow[]> {
  const { context } = parts;
  const addresses = await noLongerDeclared({ context, stack, workflow, hosts });
  return addresses.map((address) => context.record.find("module", address)).filter((row) => row !== undefined);
}

function staying({ context }: RunParts, going: readonly ResourceRow[]): readonly ResourceRow[] {
  const names = new Set(going.map((row) => addressText(row)));
  return context.record
    .rows()
    .filter((row) => row.origin === "module" && row.state !== "removed" && !names.has(addressText(row)));
}

function tell({ context }: RunParts, message: string): void {
  context.emit({ type: "notice", task: "main", message });
}
