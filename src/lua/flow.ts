import { selectTasks, type Selection } from "../engine/tasks/select-tasks.ts";
import type { Scope } from "../engine/context.ts";
import type { Mode } from "../engine/events.ts";
import { finishTask } from "../engine/tasks/execute-task.ts";
import { orderTasks } from "../engine/tasks/order-tasks.ts";
import { runTasks } from "../engine/tasks/run-tasks.ts";
import type { TaskEnd } from "../engine/tasks/run-graph.ts";
import type { TaskGraph } from "../engine/tasks/task-graph.ts";
import type { Task, TaskRun, Verdict } from "../engine/tasks/task.ts";
import type { ValueObject } from "../base/value.ts";
import { ScriptError, SlothError, isMistake } from "../base/errors.ts";
import type { RunParts } from "./session.ts";
import { toTask, type LuaFunctions } from "./to-task.ts";
import type { LuaFunction } from "./vm/types.ts";
import { verdictOf } from "./verdict.ts";
import type { Declared, TaskDefinition } from "./workflow.ts";

/** One run of the file: for this machine, or for one of the hosts that `--on` names. */
export interface FlowOptions {
  readonly mode: Mode;
  readonly host: string;
  /** The name of a task of this flow in the record and in events: "install", or "install@web1". */
  readonly label: (task: string) => string;
  readonly chunk: LuaFunction;
  readonly lua: LuaFunctions;
  readonly selection: Selection;
  readonly checksTasks: boolean;
  readonly graph: TaskGraph;
  readonly signal: AbortSignal;
  readonly declared: (scope: Scope) => Declared;
  /** Values of the host for the task's `ctx`. */
  readonly vars: ValueObject;
  readonly begun: () => RunParts | Promise<RunParts>;
  /** null before the first call that needed it. */
  readonly parts: () => RunParts | null;
  /** `os.exit` was called. */
  readonly exiting: () => boolean;
}

export interface FlowEnd {
  readonly tasks: ReadonlyMap<string, TaskEnd>;
  /** Why the top level failed. */
  readonly error?: Error | undefined;
  /** The tasks that the file declared, chosen or not. */
  readonly declared?: readonly TaskDefinition[] | undefined;
  /** In check: what tasks met. */
  readonly mistakes?: readonly SlothError[] | undefined;
}

/** Runs the top level as a task, then the tasks it declared. */
export async function runFlow(options: FlowOptions): Promise<FlowEnd> {
  const { lua, chunk, signal, host, label } = options;
  const startedAt = performance.now();
  const name = label("main");
  const scope: Scope = { task: name, signal, host };
  const said = await verdictOf(lua, name, lua.run(chunk, [], scope));
  const { verdict, tasks } = planned(options, scope, said);
  const error = verdict.kind === "failed" ? verdict.error : undefined;
  if (options.mode === "check") {
    const { tasks: declared } = options.declared(scope);
    return { tasks: named(tasks), error, declared, mistakes: await mistakesIn(options, tasks) };
  }
  if (error !== undefined && options.parts() === null) return { tasks: new Map(), error };
  const run: TaskRun = { ...(await options.begun()), host, signal };
  const end = await finishTask(
    run,
    { name, host, isTopLevel: true },
    { verdict, held: true },
    performance.now() - startedAt,
  );
  const maxParallel = options.declared(scope).workflow?.maxParallel ?? 1;
  return { tasks: await runTasks(run, { name, end }, options.exiting() ? [] : tasks, maxParallel), error };
}

/** The tasks in order, or the failure that the file is as a graph; what the top level changed by then is said with it. */
function planned(options: FlowOptions, scope: Scope, verdict: Verdict): { verdict: Verdict; tasks: readonly Task[] } {
  const { label, lua, graph, declared, selection, vars } = options;
  if (verdict.kind === "failed") return { verdict, tasks: [] };
  try {
    const { tasks, workflow } = declared(scope);
    const ordered = orderTasks(tasks);
    graph.add(
      scope.task,
      ordered.map((task) => labelled(task, label)),
    );
    const chosen = selectTasks(ordered, selection);
    return {
      verdict,
      tasks: chosen.map((task) =>
        toTask(labelled(task, label), lua, { task: task.name, workflow: workflow?.name }, vars),
      ),
    };
  } catch (thrown) {
    if (!(thrown instanceof ScriptError)) throw thrown;
    if (thrown.location !== undefined) thrown.quote(lua.sourceLine(thrown.location));
    return { verdict: { kind: "failed", error: withDone(options, thrown) }, tasks: [] };
  }
}

function named(tasks: readonly Task[]): FlowEnd["tasks"] {
  return new Map(tasks.map((task) => [task.name, { result: "ok" }]));
}

/** The mistakes that tasks meet whose every call is answered "unchanged"; other failures may come from these answers. */
async function mistakesIn(options: FlowOptions, tasks: readonly Task[]): Promise<readonly SlothError[]> {
  const mistakes: SlothError[] = [];
  for (const task of options.checksTasks ? tasks : []) {
    using limit = new CheckLimit(options.signal);
    const scope: Scope = { task: task.name, signal: limit.signal, host: task.delegateTo ?? options.host };
    const verdicts = [await task.when?.(scope), await task.run(scope), await task.onSuccess?.(scope)];
    for (const verdict of [...verdicts, await task.onFailure?.(scope, "")]) {
      if (verdict?.kind === "failed" && verdict.error instanceof SlothError && isMistake(verdict.error))
        mistakes.push(verdict.error);
    }
  }
  return mistakes;
}

const CHECK_MS = 2000;

/** A task that waits for something to change waits for ever in check. */
class CheckLimit implements Disposable {
  readonly signal: AbortSignal;
  private readonly timer: NodeJS.Timeout;

  constructor(outer: AbortSignal) {
    const controller = new AbortController();
    const error = new SlothError("E_TIMEOUT", `took longer than ${CHECK_MS / 1000} s to check`);
    this.timer = setTimeout(() => controller.abort(error), CHECK_MS);
    this.signal = AbortSignal.any([outer, controller.signal]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }
}

function labelled(task: TaskDefinition, label: FlowOptions["label"]): TaskDefinition {
  return { ...task, name: label(task.name), dependsOn: task.dependsOn.map(label) };
}

function withDone({ parts, mode }: FlowOptions, error: ScriptError): ScriptError {
  const counts = parts()?.context.tally.counts();
  const done = counts === undefined ? 0 : counts.created + counts.updated + counts.deleted + counts.ran;
  if (done === 0 || mode !== "apply") return error;
  const message = `${error.message}; the top level had already made ${done} ${done === 1 ? "change" : "changes"}`;
  const told = new ScriptError(error.code, message, { hint: error.hint });
  return Object.assign(told, { location: error.location, source: error.source });
}
