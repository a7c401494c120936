import { ScriptError, SlothError, type Location } from "../base/errors.ts";
import {
  callback,
  duration,
  integer,
  object,
  oneOrMany,
  optional,
  parseProps,
  text,
  textLike,
} from "../engine/schema.ts";
import { withDefault, type Schema } from "../engine/schema.ts";
import type { Value } from "../base/value.ts";
import type { MachinePart } from "./vm/machine.ts";
import type { HostCall, LuaArgument, LuaFunction, LuaHostFunction, ThreadScope } from "./vm/types.ts";
import { isLuaFunction } from "./vm/lua-function.ts";

/** What `workflow{}` says. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly stack: string | undefined;
  readonly maxParallel: number;
  readonly location: Location;
}

/** What one `task{}` says. */
export interface TaskDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly dependsOn: readonly string[];
  readonly run: LuaFunction;
  /** A function is asked before each attempt. */
  readonly when: LuaFunction | Value | undefined;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly timeoutMs: number | undefined;
  readonly tags: readonly string[];
  readonly delegateTo: string | undefined;
  readonly onSuccess: LuaFunction | undefined;
  readonly onFailure: LuaFunction | undefined;
  readonly location: Location;
}

/** What one run of the file declared so far. */
export interface Declared {
  readonly workflow: WorkflowDefinition | undefined;
  readonly tasks: readonly TaskDefinition[];
}

/** What the file declared; it is run once for each host it is for, and told apart by its scopes. */
export interface Definitions<Scope extends ThreadScope> {
  readonly part: MachinePart<Scope>;
  of(scope: Scope): Declared;
  /** To be told of every module call: after the first, `workflow{}` comes too late. */
  moduleCalled(callee: string, call: HostCall<Scope>): void;
}

class FileState implements Declared {
  readonly byName = new Map<string, TaskDefinition>();
  workflow: WorkflowDefinition | undefined;
  firstCall: { readonly callee: string; readonly location: Location } | undefined;

  get tasks(): readonly TaskDefinition[] {
    return [...this.byName.values()];
  }
}

const name = (summary: string) =>
  textLike(summary, /^[^\p{Cc}]{1,200}$/u, "a name of 1 to 200 characters without line breaks");

export const workflowSchema = object({
  name: name("What the workflow is called; also its stack, unless `stack` says otherwise."),
  description: optional(text("What it is for.")),
  stack: optional(text("Name of the stack its resources are recorded in; `--stack` goes before.")),
  max_parallel: withDefault(integer("How many tasks may run at once.", 1), 1),
});

export const taskSchema = object({
  name: name("What the task is called, once in a file."),
  description: optional(text("What it is for.")),
  depends_on: optional(oneOrMany("Tasks that must have succeeded before.", text("A task's name."))),
  run: callback("What it does. `false, why` or an error is failure.", "fun(ctx: TaskContext): any, any"),
  when: optional(
    callback("Whether it is needed; a function is asked before each attempt.", "boolean|fun(ctx: TaskContext): any"),
  ),
  retries: withDefault(integer("How often it is tried again after a failure.", 0), 0),
  retry_delay: withDefault(duration('Pause before it is tried again, such as "10s".'), 1),
  timeout: optional(duration('Longest time one attempt may take, such as "5m".')),
  tags: optional(
    oneOrMany("Names that `--tags` selects it by.", textLike("A tag.", /^[^,\p{Cc}]+$/u, "a tag without commas")),
  ),
  delegate_to: optional(text("Host that its calls go to, unless they say otherwise.")),
  on_success: optional(callback("Called when it succeeded.", "fun(ctx: TaskContext)")),
  on_failure: optional(
    callback("Called when it failed for good, with the reason.", "fun(ctx: TaskContext, reason: string)"),
  ),
});

/**
 * `workflow` and `task` of one file. `started` is awaited when `workflow{}` is called: there stack, lock and run begin. `runOf` names the
 * run of the file that a scope belongs to.
 */
export function createDefinitions<Scope extends ThreadScope>(
  started: (workflow: WorkflowDefinition) => void | Promise<void>,
  runOf: (scope: Scope) => string = () => "",
): Definitions<Scope> {
  const states = new Map<string, FileState>();
  const of = (scope: Scope): FileState => {
    const state = states.get(runOf(scope)) ?? new FileState();
    states.set(runOf(scope), state);
    return state;
  };
  const functions: LuaHostFunction<Scope>[] = [
    {
      name: "workflow",
      async call(args, call) {
        const definition = toWorkflow(args, call);
        const state = of(call.scope);
        if (state.workflow !== undefined) throw twice("", state.workflow.location);
        if (state.firstCall !== undefined) throw tooLate(state.firstCall.callee, state.firstCall.location);
        state.workflow = definition;
        await started(definition);
        return { values: [] };
      },
    },
    {
      name: "task",
      waits: false,
      takesFunctions: true,
      call(args, call) {
        const definition = toTask(args, call);
        const { byName } = of(call.scope);
        const earlier = byName.get(definition.name);
        if (earlier !== undefined) throw twice(`'${definition.name}' `, earlier.location);
        byName.set(definition.name, definition);
        return { values: [] };
      },
    },
  ];
  return {
    part: { functions },
    of,
    moduleCalled(callee, { scope, location }) {
      of(scope).firstCall ??= { callee, location };
    },
  };
}

function toWorkflow(args: readonly LuaArgument[], call: HostCall<ThreadScope>): WorkflowDefinition {
  atTopLevel("workflow", call);
  const props = parsed(workflowSchema, args);
  const { description, stack, max_parallel: maxParallel } = props;
  return { name: props.name, description, stack, maxParallel, location: call.location };
}

function toTask(args: readonly LuaArgument[], call: HostCall<ThreadScope>): TaskDefinition {
  atTopLevel("task", call);
  const props = parsed(taskSchema, args);
  if (props.name === MAIN) throw new ScriptError("E_TASK_NAME", `'${MAIN}' is the top level of the file itself`);
  const when = props.when as TaskDefinition["when"]; // any Lua value: asked for its truth alone
  return {
    name: props.name,
    description: props.description,
    dependsOn: props.depends_on ?? [],
    run: requiredFunction("run", props.run),
    when,
    retries: props.retries,
    retryDelayMs: props.retry_delay,
    timeoutMs: props.timeout,
    tags: props.tags ?? [],
    delegateTo: props.delegate_to,
    onSuccess: functionOf("on_success", props.on_success),
    onFailure: functionOf("on_failure", props.on_failure),
    location: call.location,
  };
}

const MAIN = "main";

/** On a host that `--on` asked for, the top level is the task `main@HOST`. */
function atTopLevel(what: string, { scope }: HostCall<ThreadScope>): void {
  if (scope.task === MAIN || scope.task.startsWith(`${MAIN}@`)) return;
  throw new ScriptError("E_TASK_LATE", `was called inside the task '${scope.task}'`, {
    hint: `declare every ${what} at the top level of the file`,
  });
}

/** Mistakes here are mistakes of the file. */
function parsed<P>(schema: Schema<P>, args: readonly LuaArgument[]): P {
  try {
    const [table] = args;
    if (args.length > 1 && isTable(table)) throw new SlothError("E_FIELD", "takes one table; more was given");
    return parseProps(schema, table);
  } catch (error) {
    if (error instanceof SlothError) throw new ScriptError(error.code, error.message, { hint: error.hint });
    throw error;
  }
}

function isTable(argument: LuaArgument | undefined): boolean {
  return typeof argument === "object" && argument !== null && !(argument instanceof Uint8Array);
}

function requiredFunction(field: string, value: unknown): LuaFunction {
  const fn = functionOf(field, value);
  if (fn === undefined) throw new ScriptError("E_FIELD", `'${field}' is missing`);
  return fn;
}

function functionOf(field: string, value: unknown): LuaFunction | undefined {
  if (value === undefined || isLuaFunction(value)) return value;
  throw new ScriptError("E_FIELD", `'${field}' must be a function`);
}

function twice(what: string, { file, line }: Location): ScriptError {
  return new ScriptError("E_DECLARED_TWICE", `${what}is declared already, at ${file}:${line}`);
}

function tooLate(callee: string, { file, line }: Location): ScriptError {
  return new ScriptError(
    "E_WORKFLOW_LATE",
    `must come before the first module call, which is ${callee} at ${file}:${line}`,
  );
}
