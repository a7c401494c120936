import { hostname } from "node:os";
import { readKept } from "../../engine/undo/find-drift.ts";
import { problemOf } from "../../engine/problem.ts";
import type { ResourceRow, RunHead, Unsettled } from "../../engine/record/record.ts";
import { Tally } from "../../engine/record/tally.ts";
import { foretell, stepByStep, type Undoing } from "../../engine/undo/carry-out.ts";
import { foundAs } from "../../engine/undo/put-back.ts";
import type { Step } from "../../engine/undo/step.ts";
import { createReporter, type Reporter } from "../../report/reporter.ts";
import type { Stack } from "../../store/stack.ts";
import type { Store } from "../../store/store.ts";
import { ownName } from "../../system/host.ts";
import type { Context } from "../../cli/command.ts";
import { confirm } from "../../cli/confirm.ts";
import { shared } from "../../cli/flags.ts";
import { listenForSignals } from "../../cli/signals.ts";
import { awaitSurvivors, notingChildren } from "../_survivors.ts";
import { holdingStack, readingStack } from "../_store.ts";
import { tellInterrupted } from "../_begin.ts";
import { reaching, type Reaching } from "../_reaching.ts";
import { openMachines, type Machines } from "./_machines.ts";

/** Flags of all commands that undo from the record. */
export const undoFlags = {
  ...reaching,
  "dry-run": shared.dryRun(),
  yes: shared.yes(),
  db: shared.db(),
  output: shared.output(),
};

export interface UndoValues extends Reaching {
  readonly "dry-run": boolean;
  readonly yes: boolean;
  readonly db: string | undefined;
  readonly output: "human" | "json";
}

export interface UndoPlan {
  readonly steps: readonly Step[];
  /** Asked before anything is done: "Remove 3 resources?" */
  readonly question: string;
  /** What cannot be undone at all. */
  readonly notices?: readonly string[] | undefined;
  /** Rows whose resources are other once the steps are done: looked at then. */
  readonly refresh?: readonly ResourceRow[] | undefined;
  /** What is made is owed to the next run of the stack; else it is settled at once. */
  readonly owed: boolean;
}

export interface UndoRequest {
  readonly name: string;
  /** In the place of a workflow's file and line: "stack drift --fix". */
  readonly command: string;
  readonly values: UndoValues;
  readonly plan: (stack: Stack, store: Store, machines: Machines) => Promise<UndoPlan>;
}

/** Plans from the record, shows it, asks, and carries it out as a run in the history. Answers the exit code. */
export async function undo({ name, command, values, plan }: UndoRequest, context: Context): Promise<number> {
  const { output, db } = values;
  const reporter = await createReporter({
    output,
    verbosity: "normal",
    diff: false,
    stdout: context.stdout,
    stderr: context.stderr,
    env: process.env,
  });
  const work = (stack: Stack, store: Store): Promise<number> =>
    new Undo({ command, values, context, reporter, stack, store }).run(plan);
  try {
    return values["dry-run"] ? await readingStack(name, db, work) : await holdingStack(name, db, context, work);
  } finally {
    await reporter.close();
  }
}

interface Parts {
  readonly command: string;
  readonly values: UndoValues;
  readonly context: Context;
  readonly reporter: Reporter;
  readonly stack: Stack;
  readonly store: Store;
}

class Undo {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  async run(plan: UndoRequest["plan"]): Promise<number> {
    const { values, reporter, stack, store, context } = this.parts;
    let machines: Machines | undefined;
    using stopper = listenForSignals(
      (error) => {
        this.notice(`${error.message}: what is at work is ended or finished; once more stops at once`);
        void machines?.host.interrupt().catch((thrown: unknown) => this.notice(String(thrown)));
      },
      () => machines?.host.kill(),
    );
    await using opened = await openMachines({
      mode: values["dry-run"] ? "read" : "apply",
      key: store.key(),
      notes: store.notes(),
      reach: values,
      remembered: stack.hosts(),
      contents: (digest) => stack.contents(digest),
      signal: stopper.signal,
      notice: (message) => this.notice(message),
      onStart: values["dry-run"] ? undefined : notingChildren(() => stack, reporter.emit),
    });
    machines = opened;
    if (!values["dry-run"]) await awaitSurvivors(stack, reporter.emit, stopper.signal);
    const planned = await plan(stack, store, opened);
    const isWhole = this.show(planned);
    if (values["dry-run"] || planned.steps.every((step) => step.cannot !== undefined)) return isWhole ? 0 : 1;
    await context.stdout.drain();
    if (!(await confirm(context, planned.question, values.yes))) return 1;
    stopper.signal.throwIfAborted();
    return await this.carryOut(planned, opened, stopper.signal, reporter);
  }

  /** The plan; answers whether all of it can be done. */
  private show({ steps, notices = [] }: UndoPlan): boolean {
    const { reporter, stack, command } = this.parts;
    const { emit } = reporter;
    const tally = new Tally();
    const startedAt = performance.now();
    emit({ type: "run_started", mode: "plan", stack: stack.name, workflow: "", script: "", run: null, tasks: [] });
    for (const step of steps) foretell({ emit, tally, command }, step);
    for (const message of notices) emit({ type: "notice", task: "main", message });
    const counts = tally.counts();
    emit({ type: "run_done", mode: "plan", ok: true, counts, durationMs: performance.now() - startedAt });
    return counts.failed === 0;
  }

  private async carryOut(plan: UndoPlan, machines: Machines, signal: AbortSignal, reporter: Reporter): Promise<number> {
    const { stack, context, command } = this.parts;
    const { emit } = reporter;
    const startedAt = performance.now();
    const journal = stack.beginRun(head(context.line));
    const tally = new Tally();
    const { run, interrupted } = journal;
    emit({ type: "run_started", mode: "apply", stack: stack.name, workflow: "", script: "", run, tasks: [] });
    if (interrupted !== null) tellInterrupted(emit, interrupted);
    const undoing: Undoing = {
      command,
      ledger: journal,
      saves: (row) => void stack.record.save(row),
      contents: machines.held,
      inputs: machines.inputs,
      targetFor: machines.targetFor,
      signal,
      emit,
      tally,
    };
    const made = await stepByStep(plan.steps, undoing, journal);
    await Promise.all(machines.open().map((target) => target.settle()));
    await this.refresh(plan, machines);
    for (const task of made.tasks) journal.taskEnded(task, made.failed.has(task) ? "failed" : "ok", undefined, []);
    if (!plan.owed) journal.settle([...made.changes, ...idsOf(made.ok ? journal.unsettled() : [])]);
    const stopped = signal.aborted && signal.reason instanceof Error ? signal.reason : undefined;
    const status = stopped !== undefined ? "interrupted" : made.ok ? "ok" : "failed";
    const counts = tally.counts();
    journal.end({ status, counts, error: stopped?.message });
    const durationMs = performance.now() - startedAt;
    emit({
      type: "run_done",
      mode: "apply",
      ok: status === "ok",
      counts,
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
    this.parts.reporter.emit({ type: "notice", task: "main", message });
  }
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
