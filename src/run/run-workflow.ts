import type { Around, Stopper } from "./around.ts";
import type { WorkflowRequest } from "./workflow-request.ts";
import type { RunContext } from "../engine/context.ts";
import { HeldContents } from "../engine/target/held-contents.ts";
import { timerMs } from "../base/duration.ts";
import type { Emit, Mode } from "../engine/events.ts";
import { HostList, recordedHost } from "../engine/hosts.ts";
import type { Source, Unlocking } from "../engine/resource.ts";
import { openSource } from "../engine/call/source.ts";
import type { TaskGraph } from "../engine/tasks/task-graph.ts";
import type { Target } from "../engine/target/target.ts";
import { type ValueObject } from "../base/value.ts";
import { SlothError, UsageError, type InterruptedError } from "../base/errors.ts";
import type { HostPort } from "../lua/library/machine-port.ts";
import { runSession, type RunParts, type SessionEnd, type SessionOptions } from "../lua/session.ts";
import type { WorkflowDefinition } from "../lua/workflow.ts";
import { modules } from "../modules/registry.ts";
import { databasePath } from "../store/place.ts";
import type { Store } from "../store/contract.ts";
import { openStore } from "../store/open-store.ts";
import type { Fleet } from "../remote/fleet.ts";
import { openHost, ownName, type Host } from "../system/host.ts";
import { plannedLuaPort } from "../system/lua/lua-port-planned.ts";
import { luaPort } from "../system/lua/lua-port.ts";
import { beginApply, beginPlan, type BeginOptions, type OpenedRun } from "./begin.ts";
import { openFleet } from "./fleet.ts";
import { locatedPort } from "./located-port.ts";
import { BegunEvent } from "./begun-event.ts";
import { endRun, succeeded, type RunEnd } from "./end-run.ts";
import { readScript, refuseNameless, refuseOther, scriptOf, stackName, type Script } from "./script.ts";
import { tellUndeclared } from "./no-longer-declared.ts";
import type { Declarations } from "./names.ts";
import { openInventory } from "./open-inventory.ts";
import { lockedAway, unlockingOf, type Opener } from "./secret/unlocking.ts";
import { openSecrets } from "./secret/open-secrets.ts";
import { loadValues, merged } from "./values.ts";
import { awaitFarSurvivors, notingChildren } from "./survivors.ts";

export interface Hooks {
  /** Told the stack as soon as the workflow is known; undefined: it has none. */
  readonly onStack?: ((stack: string | undefined) => void) | undefined;
  /** Where each file that the workflow names as a source is really read: see `Source.locate`. */
  readonly locate?: Source["locate"] | undefined;
  /** For a plan that only looks for what the workflow reads: secrets are empty, and nobody is asked. */
  readonly opensNothing?: boolean | undefined;
}

export interface WorkflowEnd extends RunEnd {
  /** In check: what the file declares. */
  readonly declared: Declarations;
}

/** Runs, plans or checks a workflow. */
export async function runWorkflow(request: WorkflowRequest, around: Around, hooks: Hooks = {}): Promise<WorkflowEnd> {
  return await new WorkflowRun(request, around, hooks).run();
}

class WorkflowRun {
  private readonly mode: Mode;
  private readonly request: WorkflowRequest;
  private readonly around: Around;
  private readonly hooks: Hooks;
  private readonly begun: BegunEvent;
  private readonly emit: Emit;
  private readonly startedAt = performance.now();
  /** `--values` and `--set`. */
  private given: ValueObject = {};
  private store: Store | null = null;
  private readonly hosts = new HostList();
  private fleet: Fleet | undefined;
  private opened: OpenedRun | undefined;
  private workflow = "";
  private readonly unlocking: Unlocking & Opener;

  constructor(request: WorkflowRequest, around: Around, hooks: Hooks) {
    this.mode = request.mode;
    this.request = request;
    this.around = around;
    this.hooks = hooks;
    this.begun = new BegunEvent(around.emit);
    this.emit = this.begun.emit;
    this.unlocking = unlockingOf(request.identities, around);
  }

  async run(): Promise<WorkflowEnd> {
    if (this.request.prune) (await import("./prune.ts")).refuseUnaskedPrune(this.request, this.around.interactive);
    const { file, text, database } = this.request;
    const looking = openHost({ mode: "read" });
    const system = looking.reader({ signal: new AbortController().signal });
    const { valuesFile, set } = this.request;
    this.given = await loadValues(
      { config: {}, file: valuesFile, set },
      { env: process.env, stdin: this.around.stdin, read: (name, bytes) => this.readValues(name, bytes) },
    );
    const script = text === undefined ? await readScript(file, this.around.stdin, system) : scriptOf(text);
    refuseOther(script, this.request.sha256);
    if (this.mode !== "check") refuseNameless(script, this.request.stack);
    this.store = await openStore({
      place: databasePath(database),
      mode: this.mode === "apply" ? "write" : "read",
      create: this.request.create || this.mode === "check",
      command: this.around.line,
      who: ownName(),
    });
    const key = await this.store?.key();
    const onStart = notingChildren(() => this.opened?.stack ?? null, this.emit);
    const host = openHost({ mode: this.mode === "apply" ? "apply" : "plan", key, onStart, own: script.directory });
    using stopper = this.around.listen(
      (error) => this.interrupt(host, error),
      () => host.kill(),
    );
    using _limit = this.limit(stopper);
    try {
      await openInventory(this.request.inventory, this.hosts);
      this.fleet = this.openFleet(host, stopper.signal);
      await this.refuseUnknownTasks(script, host);
      return await this.session(script, host, new HeldContents(host.key), stopper.signal);
    } finally {
      await this.fleet?.close();
      await host.close();
      await this.opened?.[Symbol.asyncDispose]();
      await this.store?.[Symbol.asyncDispose]();
    }
  }

  private async readValues(file: string, bytes: Uint8Array): Promise<ValueObject> {
    const { readSealedValues } = await import("./secret/read-values.ts");
    const isLook = this.mode === "check" || this.hooks.opensNothing === true;
    return await readSealedValues(file, bytes, { opener: this.unlocking, isLook });
  }

  private async session(script: Script, host: Host, contents: HeldContents, signal: AbortSignal): Promise<WorkflowEnd> {
    const end = await runSession(this.sessionOptions(script, host, contents, signal));
    const pruned = await this.afterwards(end, signal);
    const declared = { tasks: end.declared, hosts: [...this.hosts.names(), ...this.hosts.groups()] };
    return { ...(await this.finish(end, script, signal, pruned)), declared };
  }

  private sessionOptions(script: Script, host: Host, contents: HeldContents, signal: AbortSignal): SessionOptions {
    const { source } = openSource(host.reader({ signal }), contents, {
      workflowDirectory: script.directory,
      locate: this.hooks.locate,
    });
    const { on, limit = 20 } = this.request;
    return {
      mode: this.mode,
      script,
      modules,
      port: locatedPort(this.port(host), this.hooks.locate),
      values: (workflow) => this.valuesFor(workflow, script),
      openValues: (uses) => openSecrets(this.given, (path) => uses.reach(path)),
      unlocking: this.hooks.opensNothing === true ? lockedAway : this.unlocking,
      selection: this.request,
      checksTasks: this.mode === "check",
      signal,
      hosts: this.hosts,
      on: on.length === 0 ? undefined : { hosts: this.hosts.select(on), limit },
      emit: this.emit,
      source,
      begin: (workflow, graph, sourceLine) =>
        this.begin({ script, workflow, graph, sourceLine, host, contents, signal }),
    };
  }

  /** The machine for Lua's own `io` and `os`; in plan and check what would change it is told. */
  private port(host: Host): HostPort {
    if (this.mode === "apply") return luaPort(host);
    return plannedLuaPort(host, (what, { scope, location }) =>
      this.emit({
        type: "notice",
        task: scope.task,
        message: `${location.file}:${location.line}: ${what}; what that changes further cannot be predicted`,
      }),
    );
  }

  private notice(message: string, host: string): void {
    this.emit({ type: "notice", task: "main", message, host });
  }

  private openFleet(host: Host, signal: AbortSignal): Fleet {
    const notice = (message: string, name: string): void => this.notice(message, name);
    const mode = this.mode === "apply" ? "apply" : "plan";
    const { hosts, store, request } = this;
    const { interactive } = this.around;
    return openFleet({ mode, hosts, reach: request.reach, host, notes: store?.notes(), signal, notice, interactive });
  }

  /** A name of --task or --tags that the file does not have is told before anything is done, where the file can be read without doing it. */
  private async refuseUnknownTasks(script: Script, host: Host): Promise<void> {
    const { tasks, tags } = this.request;
    if (this.mode === "check" || tasks.length + tags.length === 0) return;
    const { signal } = new AbortController();
    const { error } = await runSession({
      ...this.sessionOptions(script, host, new HeldContents(host.key), signal),
      mode: "check",
      checksTasks: false,
      emit: () => {},
    });
    if (error instanceof SlothError && ["E_TASK_MISSING", "E_TAG_MISSING"].includes(error.code))
      throw new UsageError(error.message, { hint: error.hint });
  }

  private async begin(given: Given): Promise<RunParts> {
    const { script, workflow } = given;
    const stack = stackName(this.request.stack, workflow, script);
    this.workflow = workflow?.name ?? script.name;
    const mode = this.mode === "apply" ? "apply" : "plan";
    const { diff, lockTimeoutMs = 0 } = this.request;
    const begin: BeginOptions = {
      ...given,
      mode,
      diff,
      lockTimeoutMs,
      stack,
      isUnnamed: (this.request.stack ?? workflow?.stack ?? workflow?.name) === undefined,
      locate: this.hooks.locate,
      workflow: this.workflow,
      line: this.around.line,
      emit: this.emit,
      started: (run) =>
        this.begun.begin(
          { type: "run_started", mode, stack, workflow: this.workflow, script: script.name, run },
          given.graph,
        ),
      redact: this.around.redact,
      connect: (name) => this.connect(name, given.signal),
    };
    this.opened =
      mode === "plan" || this.store === null ? await beginPlan(this.store, begin) : await beginApply(this.store, begin);
    return this.opened.parts;
  }

  /** How a host was reached is remembered, so that drift and undo need no workflow. */
  private async connect(name: string, signal: AbortSignal): Promise<Target> {
    if (this.fleet === undefined) throw new Error("no fleet is open");
    const target = await this.fleet.reach(name);
    const stack = this.opened?.stack;
    await stack?.rememberHost(name, recordedHost(this.hosts.find(name)));
    if (this.mode === "apply" && stack !== undefined && stack !== null)
      await awaitFarSurvivors(target, stack.id, (message) => this.notice(message, name), signal);
    return target;
  }

  private async valuesFor(workflow: WorkflowDefinition | null, script: Script): Promise<ValueObject> {
    const { stack: asked } = this.request;
    const name = asked ?? workflow?.stack ?? workflow?.name ?? script.defaultStack;
    this.hooks.onStack?.(name);
    const stack = name === undefined ? null : await this.store?.find(name);
    return merged(Object.fromEntries((await stack?.config()) ?? []), this.given);
  }

  /** What is declared no longer is pruned or told. Answers whether all that was to be pruned was. */
  private async afterwards(end: SessionEnd, signal: AbortSignal): Promise<boolean> {
    const { parts } = end;
    if (parts === null || !succeeded(end, signal)) return true;
    const { request, around, workflow } = this;
    const stack = (await this.store?.find(parts.context.record.name)) ?? null;
    const hosts = this.hosts.select(request.on);
    if (!request.prune) {
      if (stack !== null) await tellUndeclared(end, request, { context: parts.context, stack, workflow, hosts });
      return true;
    }
    const { prune } = await import("./prune.ts");
    return await prune({ request, around, parts, end, stack, workflow, hosts, signal });
  }

  private finish(end: SessionEnd, script: Script, signal: AbortSignal, pruned: boolean): Promise<RunEnd> {
    const { request, emit, startedAt } = this;
    return endRun(end, { request, emit, startedAt, script: script.name, signal, pruned });
  }

  private interrupt(host: Host, error: InterruptedError): void {
    this.emit({
      type: "notice",
      task: "main",
      message: `${error.message}: what is at work is ended or finished; once more stops at once`,
    });
    void host
      .interrupt()
      .catch((thrown: unknown) => this.emit({ type: "notice", task: "main", message: String(thrown) }));
  }

  /** `--timeout` stops a run as a signal would, and fails it. */
  private limit(stopper: Stopper): Disposable {
    const { timeoutMs } = this.request;
    if (timeoutMs === undefined) return { [Symbol.dispose]: () => {} };
    const error = new SlothError("E_TIMEOUT", `the run took longer than ${timeoutMs / 1000} s`);
    const timer = setTimeout(() => stopper.stop(error), timerMs(timeoutMs));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}

interface Given {
  readonly script: Script;
  readonly workflow: WorkflowDefinition | null;
  readonly graph: TaskGraph;
  readonly sourceLine: RunContext["sourceLine"];
  readonly host: Host;
  readonly contents: HeldContents;
  readonly signal: AbortSignal;
}
