import type { Scope } from "../engine/context.ts";
import type { Emit, Mode } from "../engine/events.ts";
import { finishTask } from "../engine/execute-task.ts";
import { orderTasks, selectTasks, type Selection } from "../engine/graph.ts";
import type { Journal } from "../engine/record.ts";
import type { ModuleDefinition, Source } from "../engine/resource.ts";
import { MAIN, runTasks } from "../engine/run-tasks.ts";
import type { TaskEnd } from "../engine/schedule.ts";
import type { Target } from "../engine/target.ts";
import { TaskGraph } from "../engine/task-graph.ts";
import type { Task, TaskRun, Verdict } from "../engine/task.ts";
import type { ValueObject } from "../engine/value.ts";
import { ScriptError, SlothError, type Location } from "../errors.ts";
import { bindModules, type Begun, type BindingRun } from "./bind.ts";
import { createGoroutines, type Goroutines } from "./goroutine.ts";
import { hostIo, type HostIoOptions } from "./host-io.ts";
import { hostOs } from "./host-os.ts";
import type { HostPort } from "./host-port.ts";
import { hostRequire } from "./host-require.ts";
import { createMachine, type Machine, type MachinePart } from "./machine.ts";
import { lockPart } from "./lock.ts";
import { toTask, type LuaFunctions } from "./to-task.ts";
import type { HostCall } from "./types.ts";
import { verdictOf } from "./verdict.ts";
import { createDefinitions, type Definitions, type WorkflowDefinition } from "./workflow.ts";

/** A run that has begun, with what ends it. */
export interface RunParts extends Begun {
  readonly journal: Journal | null;
  /** The targets in use so far. */
  readonly targets: () => Iterable<Target>;
}

export interface SessionOptions {
  readonly mode: Mode;
  readonly script: {
    readonly source: Uint8Array;
    /** As the user knows it: "site.lua". */
    readonly name: string;
    /** Absolute; `require` starts there. */
    readonly directory: string;
  };
  /** The machine as Lua's own `io` and `os` see it. */
  readonly port: HostPort;
  readonly modules: readonly ModuleDefinition[];
  /** The `values` of the workflow, once it is known which it is. */
  readonly values: (workflow: WorkflowDefinition | null) => ValueObject;
  readonly selection: Selection;
  readonly memoryLimit?: number | undefined;
  readonly signal: AbortSignal;
  /** Where calls go that say nothing else. */
  readonly host: string;
  readonly emit: Emit;
  /** For functions that need no run. */
  readonly source: Source;
  /** Takes the stack's lock and begins the run, when the first call needs it or the top level has ended. */
  readonly begin: (workflow: WorkflowDefinition | null, graph: TaskGraph) => Promise<RunParts>;
}

export interface SessionEnd {
  /** null: nothing was begun (check, or an error before the first call). */
  readonly parts: RunParts | null;
  readonly tasks: ReadonlyMap<string, TaskEnd>;
  /** Why the top level failed. */
  readonly error?: Error | undefined;
  /** What `os.exit` was given. */
  readonly exitStatus?: number | undefined;
}

/** Runs a workflow file: its top level as the task `main`, then its tasks. Rejects only with a bug, or where the file is not Lua. */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const session = new Session(options);
  await session.open();
  try {
    return await session.run();
  } finally {
    session.close();
  }
}

class Session implements BindingRun {
  readonly mode: Mode;
  readonly aside: BindingRun["aside"];
  private readonly options: SessionOptions;
  private readonly definitions: Definitions<Scope>;
  private readonly graph = new TaskGraph();
  private readonly stop = new AbortController();
  private lua: Machine<Scope> | undefined;
  private goroutines: Goroutines<Scope> | undefined;
  private parts: RunParts | undefined;
  private beginning: Promise<RunParts> | undefined;
  private exitStatus: number | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.mode = options.mode;
    this.aside = { source: options.source, emit: options.emit };
    this.definitions = createDefinitions((workflow) => this.defined(workflow));
  }

  async open(): Promise<void> {
    const { options, definitions } = this;
    const goroutines = createGoroutines<Scope>({
      run: (fn, args, scope) => this.machine.run(fn, args, scope),
      fork: (scope, _label, signal) => ({ ...scope, signal, parent: scope }),
      sleeps: this.mode === "apply",
    });
    this.lua = await createMachine<Scope>({
      functions: bindModules(options.modules, this),
      parts: [
        definitions.part,
        goroutines.part,
        lockPart(this, (fn, args, scope) => this.machine.run(fn, args, scope)),
        ...this.hostParts(),
      ],
      constants: { "json.null": null },
      memoryLimit: options.memoryLimit,
      print: (text, { scope }) =>
        options.emit({ type: "output", task: scope.task, stream: "print", text: `${readable(text)}\n` }),
    });
    this.goroutines = goroutines;
    this.lua.setGlobal("values", options.values(null));
  }

  /** Lua's own io, os and require. */
  private hostParts(): readonly MachinePart<Scope>[] {
    const { port, script } = this.options;
    const io: HostIoOptions<Scope> = { port, write: (...said) => this.said(...said) };
    const files = {
      port,
      workflowDirectory: script.directory,
      load: (source: Uint8Array, name: string) => this.machine.load(source, name),
    };
    return [hostIo(io), hostOs(io), hostRequire(files)];
  }

  /** Standard output is the workflow's own, as with `print`; standard error is a warning. */
  private said(stream: "stdout" | "stderr", bytes: Uint8Array, { scope }: HostCall<Scope>): void {
    const text = readable(bytes);
    const { emit } = this.options;
    if (stream === "stdout") emit({ type: "output", task: scope.task, stream: "print", text });
    else emit({ type: "log", task: scope.task, level: "warn", message: text.replace(/\n$/, ""), fields: {} });
  }

  close(): void {
    this.lua?.close();
  }

  private get machine(): Machine<Scope> {
    if (this.lua === undefined) throw new Error("the Lua machine is not open");
    return this.lua;
  }

  /** `workflow{}` was called: now it is known which stack's `values` they are, and the run begins. */
  private async defined(workflow: WorkflowDefinition): Promise<void> {
    this.machine.setGlobal("values", this.options.values(workflow));
    if (this.mode !== "check") await this.begun(workflow);
  }

  begun(workflow = this.definitions.workflow): RunParts | Promise<RunParts> {
    if (this.parts !== undefined) return this.parts;
    this.beginning ??= this.begin(workflow ?? null);
    return this.beginning;
  }

  called(callee: string, call: { readonly location: Location }): void {
    this.definitions.moduleCalled(callee, call.location);
  }

  private async begin(workflow: WorkflowDefinition | null): Promise<RunParts> {
    const parts = await this.options.begin(workflow, this.graph);
    this.parts = parts;
    this.options.emit({ type: "task_started", task: MAIN, attempt: 1 });
    parts.journal?.taskStarted(MAIN, 1);
    return parts;
  }

  async run(): Promise<SessionEnd> {
    const { source, name } = this.options.script;
    const startedAt = performance.now();
    const chunk = this.machine.load(source, name);
    const signal = AbortSignal.any([this.options.signal, this.stop.signal]);
    const scope: Scope = { task: MAIN, signal, host: this.options.host };
    const functions = this.functions();
    const said = await verdictOf(functions, MAIN, functions.run(chunk, [], scope));
    const { verdict, tasks } = this.planned(functions, said);
    const error = verdict.kind === "failed" ? verdict.error : undefined;
    if (this.mode === "check") return this.checked(error);
    if (error !== undefined && this.beginning === undefined) return { parts: null, tasks: new Map(), error };
    const parts = await this.begun();
    const run: TaskRun = { ...parts, host: this.options.host, signal };
    const main = await finishTask(run, MAIN, { verdict, held: true }, performance.now() - startedAt);
    const maxParallel = this.definitions.workflow?.maxParallel ?? 1;
    const ends = await runTasks(run, main, this.exitStatus === undefined ? tasks : [], maxParallel);
    return { parts, tasks: ends, error, exitStatus: this.exitStatus };
  }

  /** The tasks in order, or the failure that the file is as a graph; what `main` changed by then is said with it. */
  private planned(functions: LuaFunctions, verdict: Verdict): { verdict: Verdict; tasks: readonly Task[] } {
    if (verdict.kind === "failed") return { verdict, tasks: [] };
    try {
      const ordered = orderTasks(this.definitions.tasks);
      this.graph.set(ordered);
      const chosen = selectTasks(ordered, this.options.selection);
      return { verdict, tasks: chosen.map((task) => toTask(task, functions, this.definitions.workflow)) };
    } catch (thrown) {
      if (!(thrown instanceof ScriptError)) throw thrown;
      if (thrown.location !== undefined) thrown.source ??= this.machine.sourceLine(thrown.location);
      return { verdict: { kind: "failed", error: this.withDone(thrown) }, tasks: [] };
    }
  }

  private withDone(error: ScriptError): ScriptError {
    const counts = this.parts?.context.tally.counts();
    const done = counts === undefined ? 0 : counts.created + counts.updated + counts.deleted + counts.ran;
    if (done === 0 || this.mode !== "apply") return error;
    const told = new ScriptError(error.code, `${error.message}; the top level had already made ${done} changes`, {
      hint: error.hint,
    });
    return Object.assign(told, { location: error.location, source: error.source });
  }

  private checked(error: Error | undefined): SessionEnd {
    return { parts: null, tasks: new Map(this.definitions.tasks.map(({ name }) => [name, { result: "ok" }])), error };
  }

  private functions(): LuaFunctions {
    return {
      run: (fn, args, scope) => (this.goroutines ?? this.machine).run(fn, args, scope),
      emit: this.options.emit,
      sourceLine: (location) => this.machine.sourceLine(location),
      exit: (status) => {
        this.exitStatus ??= status;
        this.stop.abort(new SlothError("E_EXIT_REQUESTED", `the workflow called os.exit(${status})`));
      },
    };
  }
}

function readable(text: string | Uint8Array): string {
  return typeof text === "string" ? text : new TextDecoder().decode(text);
}
