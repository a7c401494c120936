import type { Selection } from "../engine/tasks/select-tasks.ts";
import type { Scope } from "../engine/context.ts";
import type { Emit, Mode } from "../engine/events.ts";
import type { HostList } from "../engine/hosts.ts";
import type { Journal } from "../engine/record/record.ts";
import type { CallContext, ModuleDefinition, Source } from "../engine/resource.ts";
import type { TaskEnd } from "../engine/tasks/run-graph.ts";
import type { Target } from "../engine/target/target.ts";
import { TaskGraph } from "../engine/tasks/task-graph.ts";
import { toText } from "../base/byte-text.ts";
import type { ValueObject } from "../base/value.ts";
import { MistakesError, SlothError, asScriptError } from "../base/errors.ts";
import { problemOf } from "../engine/problem.ts";
import { checkWorkflow, type CheckEnd } from "./check/check-workflow.ts";
import type { ValueUses } from "./check/uses.ts";
import { worldOf } from "./check/world.ts";
import { bindModules, type Begun, type BindingRun } from "./bind.ts";
import { runFlow, type FlowEnd } from "./flow.ts";
import { hostsPart } from "./hosts.ts";
import { createGoroutines, type Goroutines } from "./goroutine.ts";
import { hostIo, type HostIoOptions } from "./library/io.ts";
import { hostOs } from "./library/os.ts";
import type { HostPort } from "./library/machine-port.ts";
import { hostRequire } from "./library/require.ts";
import { createMachine, type Machine, type MachinePart } from "./vm/machine.ts";
import { lockPart } from "./lock.ts";
import type { LuaFunctions } from "./to-task.ts";
import type { HostCall, LuaFunction } from "./vm/types.ts";
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
  readonly values: (workflow: WorkflowDefinition | null) => Promise<ValueObject>;
  /** Opens the secrets among them that the workflow may use, before it says or does anything. */
  readonly openValues: (uses: ValueUses) => Promise<void>;
  readonly unlocking: CallContext["unlocking"];
  readonly selection: Selection;
  /** In check: go through the tasks too, not only through the top level. */
  readonly checksTasks: boolean;
  readonly memoryLimit?: number | undefined;
  readonly signal: AbortSignal;
  /** What is known of other hosts. */
  readonly hosts: HostList;
  /** The hosts the whole file is run for, so many at once; undefined: once, for this machine. */
  readonly on: { readonly hosts: readonly string[]; readonly limit: number } | undefined;
  readonly emit: Emit;
  /** For functions that need no run. */
  readonly source: Source;
  /** Takes the stack's lock and begins the run, when the first call needs it or the top level has ended. */
  readonly begin: (
    workflow: WorkflowDefinition | null,
    graph: TaskGraph,
    sourceLine: LuaFunctions["sourceLine"],
  ) => Promise<RunParts>;
}

export interface SessionEnd {
  /** null: nothing was begun (check, or an error before the first call). */
  readonly parts: RunParts | null;
  readonly tasks: ReadonlyMap<string, TaskEnd>;
  /** In check: the tasks that the file declares. */
  readonly declared: readonly { readonly name: string; readonly tags: readonly string[] }[];
  /** Why the top level failed. */
  readonly error?: Error | undefined;
  /** What `os.exit` was given. */
  readonly exitStatus?: number | undefined;
  /** Calls that were looked at before, and those of which everything is written out. */
  readonly seen: { readonly calls: number; readonly whole: number };
}

/**
 * Checks a workflow file, then runs it: its top level as the task `main`, then its tasks. Rejects only with a bug, or where the file is
 * not Lua or has a mistake that could be known before.
 */
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
  private readonly graph: TaskGraph;
  private readonly stop = new AbortController();
  private lua: Machine<Scope> | undefined;
  private goroutines: Goroutines<Scope> | undefined;
  private parts: RunParts | undefined;
  private beginning: Promise<RunParts> | undefined;
  private exitStatus: number | undefined;
  private workflow: WorkflowDefinition | null = null;

  constructor(options: SessionOptions) {
    this.options = options;
    this.mode = options.mode;
    this.aside = { source: options.source, emit: options.emit, unlocking: options.unlocking };
    this.definitions = createDefinitions(
      (workflow) => this.defined(workflow),
      ({ host }) => host,
    );
    this.graph = new TaskGraph(options.on?.hosts.length ?? 1);
  }

  async open(): Promise<void> {
    const { options, definitions } = this;
    const goroutines = createGoroutines<Scope>({
      run: (...given) => this.machine.run(...given),
      fork: (scope, _label, signal) => ({ ...scope, signal, parent: scope }),
      sleeps: this.mode === "apply",
    });
    this.lua = await createMachine<Scope>({
      functions: bindModules(options.modules, this),
      parts: [
        definitions.part,
        goroutines.part,
        lockPart(this, (fn, args, scope) => this.machine.run(fn, args, scope)),
        hostsPart(options.hosts),
        ...this.hostParts(),
      ],
      constants: { "json.null": null },
      memoryLimit: options.memoryLimit,
      print: (text, { scope }) => this.printed(scope.task, `${readable(text)}\n`),
    });
    this.goroutines = goroutines;
    this.lua.setGlobal("values", await options.values(null));
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
    if (stream === "stdout") this.printed(scope.task, text);
    else emit({ type: "log", task: scope.task, level: "warn", message: text.replace(/\n$/, ""), fields: {} });
  }

  /** What a workflow says of answers that check made up would mislead. */
  private printed(task: string, text: string): void {
    if (this.mode !== "check") this.options.emit({ type: "output", task, stream: "print", text });
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
    this.workflow ??= workflow;
    this.machine.setGlobal("values", await this.options.values(workflow));
    if (this.mode !== "check") await this.begun();
  }

  begun(): RunParts | Promise<RunParts> {
    if (this.parts !== undefined) return this.parts;
    this.beginning ??= this.begin();
    return this.beginning;
  }

  called(callee: string, call: HostCall<Scope>): void {
    this.definitions.moduleCalled(callee, call);
  }

  private async begin(): Promise<RunParts> {
    const parts = await this.options.begin(this.workflow, this.graph, (at) => this.machine.sourceLine(at));
    this.parts = parts;
    const { on } = this.options;
    for (const main of on === undefined ? ["main"] : on.hosts.map((host) => `main@${host}`)) {
      this.options.emit({ type: "task_started", task: main, attempt: 1 });
      parts.journal?.taskStarted(main, 1);
    }
    return parts;
  }

  async run(): Promise<SessionEnd> {
    const { script, on } = this.options;
    const chunk = this.machine.load(script.source, script.name);
    const seen = this.lookAt(chunk);
    if (this.mode !== "check") {
      this.refuse(seen.mistakes);
      await this.options.openValues(seen.uses);
    }
    const signal = AbortSignal.any([this.options.signal, this.stop.signal]);
    const flows =
      on === undefined
        ? [await this.flow(chunk, signal, "local", (task) => task)]
        : await this.flowsOn(chunk, signal, on);
    if (this.mode === "check") this.refuse(together(seen.mistakes, flows));
    return {
      seen,
      parts: this.parts ?? null,
      declared: flows[0]?.declared ?? [],
      tasks: new Map(flows.flatMap(({ tasks }) => [...tasks])),
      error: flows.find(({ error }) => error !== undefined)?.error,
      exitStatus: this.exitStatus,
    };
  }

  /** What can be known of the file before any of it is done. */
  private lookAt(chunk: LuaFunction): CheckEnd {
    const { script, modules, source, port } = this.options;
    const { inspector } = this.machine;
    const missingNames = (paths: readonly string[]) => inspector.missingNames(paths);
    const world = worldOf({ modules, missingNames, source, port, workflowDirectory: script.directory });
    return checkWorkflow({ file: script.name, source: script.source }, world, {
      compile: ({ file, source: code }) =>
        inspector.bytecode(file === script.name ? chunk : this.machine.load(code, file)),
    });
  }

  private refuse(mistakes: readonly SlothError[]): void {
    const [only] = mistakes;
    if (only === undefined) return;
    for (const error of mistakes) {
      if (error.location === undefined) continue;
      error.quote(this.machine.sourceLine(error.location));
      this.options.emit({ type: "mistake", location: error.location, error: problemOf(error) });
    }
    throw mistakes.length === 1 ? asScriptError(only) : new MistakesError(this.options.script.name, mistakes);
  }

  /** Each host takes the next place that is free. */
  private async flowsOn(
    chunk: LuaFunction,
    signal: AbortSignal,
    on: { readonly hosts: readonly string[]; readonly limit: number },
  ): Promise<readonly FlowEnd[]> {
    const waiting = [...on.hosts];
    const ends: FlowEnd[] = [];
    const lane = async (): Promise<void> => {
      for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
        const name = host;
        ends.push(await this.flow(chunk, signal, name, (task) => `${task}@${name}`));
      }
    };
    await Promise.all(Array.from({ length: Math.min(on.limit, on.hosts.length) }, lane));
    return ends;
  }

  private flow(
    chunk: LuaFunction,
    signal: AbortSignal,
    host: string,
    label: (task: string) => string,
  ): Promise<FlowEnd> {
    const { mode, selection, checksTasks, hosts } = this.options;
    return runFlow({
      mode,
      host,
      label,
      chunk,
      signal,
      selection,
      checksTasks,
      lua: this.functions(),
      graph: this.graph,
      vars: host === "local" ? {} : hosts.find(host).vars,
      declared: (scope) => this.definitions.of(scope),
      begun: () => this.begun(),
      parts: () => this.parts ?? null,
      exiting: () => this.exitStatus !== undefined,
    });
  }

  private functions(): LuaFunctions {
    return {
      run: (...given) => (this.goroutines ?? this.machine).run(...given),
      emit: this.options.emit,
      sourceLine: (location) => this.machine.sourceLine(location),
      exit: (status) => {
        this.exitStatus ??= status;
        this.stop.abort(new SlothError("E_EXIT_REQUESTED", `the workflow called os.exit(${status})`));
      },
    };
  }
}

/** What running it as check does found too, once. */
function together(seen: readonly SlothError[], flows: readonly FlowEnd[]): readonly SlothError[] {
  const told = new Set(seen.map(({ callee, message }) => `${callee ?? ""} ${message}`));
  const met = flows.flatMap(({ error, mistakes = [] }) => [...(error === undefined ? [] : [ours(error)]), ...mistakes]);
  const others = met.filter((error) => {
    const text = `${error.callee ?? ""} ${error.message}`;
    return !told.has(text) && told.add(text);
  });
  return [...seen, ...others];
}

function ours(error: Error): SlothError {
  if (error instanceof SlothError) return error;
  throw error;
}

function readable(text: string | Uint8Array): string {
  return typeof text === "string" ? text : toText(text);
}
