import type { Around } from "./around.ts";
import type { ReachRequest } from "./workflow-request.ts";
import { hostname } from "node:os";
import { addressText } from "../base/address.ts";
import { readKept } from "../engine/undo/find-drift.ts";
import { problemOf } from "../engine/problem.ts";
import type { ResourceRow, RunHead, Unsettled } from "../engine/record/record.ts";
import { SealedFiles } from "../engine/record/sealed-files.ts";
import { Tally } from "../engine/record/tally.ts";
import { foretell, stepByStep, type Undoing } from "../engine/undo/carry-out.ts";
import { foundAs } from "../engine/undo/put-back.ts";
import type { Step } from "../engine/undo/step.ts";
import type { Stack } from "../store/contract.ts";
import type { Store } from "../store/contract.ts";
import { ownName } from "../system/host.ts";
import { confirm } from "./confirm.ts";
import { awaitSurvivors, notingChildren } from "./survivors.ts";
import { holdingStack, readingStack } from "./with-stack.ts";
import { tellInterrupted } from "./begin.ts";
import { openMachines, type Machines } from "./machines.ts";

export interface UndoPlan {
  readonly steps: readonly Step[];
  /** Asked before anything is done: "Remove 3 resources?" */
  readonly question: string;
  /** Resources that were looked at and need no step. */
  readonly untouched?: readonly ResourceRow[] | undefined;
  /** What cannot be undone at all. */
  readonly notices?: readonly string[] | undefined;
  /** Rows whose resources are other once the steps are done: looked at then. */
  readonly refresh?: readonly ResourceRow[] | undefined;
  /** Not all that was asked about could be looked at: it ends with 1, whatever is done. */
  readonly isBlind?: boolean | undefined;
  /** What is made is owed to the next run of the stack; else it is settled at once. */
  readonly owed: boolean;
}

export interface UndoRequest {
  readonly name: string;
  /** In the place of a workflow's file and line: "stack drift --fix". */
  readonly command: string;
  readonly database: string | undefined;
  readonly lockTimeoutMs: number | undefined;
  readonly reach: ReachRequest;
  readonly inventory: string | undefined;
  /** Shows the plan and stops. */
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly plan: (stack: Stack, store: Store, machines: Machines) => Promise<UndoPlan>;
}

/** Plans from the record, shows it, asks, and carries it out as a run in the history. Answers the exit code. */
export async function undo(request: UndoRequest, around: Around): Promise<number> {
  const { name, database: db, lockTimeoutMs, dryRun } = request;
  const work = (stack: Stack, store: Store): Promise<number> => new Undo({ request, around, stack, store }).run();
  return dryRun ? await readingStack(name, db, work) : await holdingStack({ name, db, lockTimeoutMs }, around, work);
}

interface Parts {
  readonly request: UndoRequest;
  readonly around: Around;
  readonly stack: Stack;
  readonly store: Store;
}

class Undo {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  async run(): Promise<number> {
    const { request, stack, store, around } = this.parts;
    const { dryRun, reach, inventory, yes } = request;
    let machines: Machines | undefined;
    using stopper = around.listen(
      (error) => {
        this.notice(`${error.message}: what is at work is ended or finished; once more stops at once`);
        void machines?.host.interrupt().catch((thrown: unknown) => this.notice(String(thrown)));
      },
      () => machines?.host.kill(),
    );
    await using opened = await openMachines({
      mode: dryRun ? "read" : "apply",
      stack: stack.id,
      key: await store.key(),
      notes: store.notes(),
      reach,
      inventory,
      interactive: around.interactive,
      remembered: await stack.hosts(),
      contents: (await stack.undoing()).contents,
      signal: stopper.signal,
      notice: (message) => this.notice(message),
      onStart: dryRun ? undefined : notingChildren(() => stack, around.emit),
    });
    machines = opened;
    if (!dryRun) await awaitSurvivors(stack, around.emit, stopper.signal);
    const planned = await request.plan(stack, store, opened);
    const isWhole = this.show(planned);
    const blind = planned.isBlind === true ? 1 : 0;
    if (dryRun || planned.steps.every(({ cannot, idle }) => cannot !== undefined || idle === true))
      return isWhole ? blind : 1;
    if (!(await confirm(around, planned.question, yes))) return 1;
    stopper.signal.throwIfAborted();
    return (await this.carryOut(planned, opened, stopper.signal)) || blind;
  }

  /** The plan; answers whether all of it can be done. */
  private show({ steps, notices = [], untouched = [] }: UndoPlan): boolean {
    const { stack, around, request } = this.parts;
    const { emit } = around;
    const { command } = request;
    const tally = tallyOf(untouched);
    const startedAt = performance.now();
    emit({ type: "run_started", mode: "plan", stack: stack.name, workflow: "", script: "", run: null, tasks: [] });
    for (const step of steps) foretell({ emit, tally, command }, step);
    for (const message of notices) emit({ type: "notice", task: "main", message });
    const told = tally.told();
    emit({ type: "run_done", mode: "plan", ok: true, ...told, durationMs: performance.now() - startedAt });
    return told.counts.failed === 0;
  }

  private async carryOut(plan: UndoPlan, machines: Machines, signal: AbortSignal): Promise<number> {
    const { stack, around, request } = this.parts;
    const { emit, line } = around;
    const { command } = request;
    const startedAt = performance.now();
    const journal = await stack.beginRun(head(line));
    const tally = tallyOf(plan.untouched);
    const { run, interrupted } = journal;
    emit({ type: "run_started", mode: "apply", stack: stack.name, workflow: "", script: "", run, tasks: [] });
    if (interrupted !== null) tellInterrupted(emit, interrupted);
    const undoing: Undoing = {
      command,
      ledger: journal,
      saves: (row) => void stack.record.save(row),
      contents: machines.held,
      sealedFiles: new SealedFiles(stack.record, machines.held),
      inputs: machines.inputs,
      targetFor: machines.targetFor,
      signal,
      emit,
      tally,
    };
    const made = await stepByStep(plan.steps, undoing, journal);
    await Promise.all(machines.open().map((target) => target.settle()));
    await this.refresh(plan, machines);
    for (const task of made.tasks)
      await journal.taskEnded(task, made.failed.has(task) ? "failed" : "ok", undefined, []);
    if (!plan.owed) await journal.settle([...made.changes, ...idsOf(made.ok ? journal.unsettled() : [])]);
    const stopped = signal.aborted && signal.reason instanceof Error ? signal.reason : undefined;
    const status = stopped !== undefined ? "interrupted" : made.ok ? "ok" : "failed";
    const told = tally.told();
    await journal.end({ status, counts: told.counts, error: stopped?.message });
    const durationMs = performance.now() - startedAt;
    emit({
      type: "run_done",
      mode: "apply",
      ok: status === "ok",
      ...told,
      durationMs,
      error: stopped && problemOf(stopped),
    });
    if (stopped !== undefined) throw stopped;
    return made.ok ? 0 : 1;
  }

  private async refresh({ refresh = [] }: UndoPlan, { looking }: Machines): Promise<void> {
    const { record } = this.parts.stack;
    for (const { host, kind, name } of refresh) {
      const row = record.find("module", { host, kind, name });
      if (row !== undefined) record.save(foundAs(row, await readKept(row, looking)));
    }
  }

  private notice(message: string): void {
    this.parts.around.emit({ type: "notice", task: "main", message });
  }
}

/** Those of the rows that no step is about. */
export function untouchedBy(steps: readonly Step[], rows: readonly ResourceRow[]): readonly ResourceRow[] {
  const about = new Set(steps.map(({ row }) => addressText(row)));
  return rows.filter((row) => row.state !== "removed" && !about.has(addressText(row)));
}

function tallyOf(untouched: readonly ResourceRow[] = []): Tally {
  const tally = new Tally();
  for (const { host } of untouched) tally.untouched(host);
  return tally;
}

function idsOf(unsettled: readonly Unsettled[]): readonly number[] {
  return unsettled.map(({ changeId }) => changeId);
}

function head(line: string): RunHead {
  return {
    mode: "apply",
    command: line,
    workflow: "",
    script: "",
    scriptDigest: "",
    user: ownName(),
    sudoUser: process.env["SUDO_USER"] ?? null,
    hostname: hostname(),
  };
}
