import { after } from "../base/maybe-promise.ts";
import { callQuery } from "../engine/call/call-query.ts";
import { callResource } from "../engine/call/call-resource.ts";
import { type ActionAnswer, callAction } from "../engine/call/call-action.ts";
import { checkCall } from "../engine/call/common-fields.ts";
import type { RunContext, Scope } from "../engine/context.ts";
import type { Mode, Outcome, RunEvent } from "../engine/events.ts";
import { sealName, sealSecrets } from "../engine/call/seal.ts";
import { placed } from "../engine/problem.ts";
import type { KeyValue } from "../engine/record/record.ts";
import {
  Results,
  type AnyAction,
  type AnyQuery,
  type AnyResource,
  type CallContext,
  type HostFunction,
  type ModuleDefinition,
  type ModuleFunction,
} from "../engine/resource.ts";
import { isObject, Secret, type Value, type ValueObject } from "../base/value.ts";
import { SlothError } from "../base/errors.ts";
import { notATable } from "./right-form.ts";
import { shapesFor } from "./answers.ts";
import { EndPrediction, type Answer, type HostCall, type LuaArgument, type LuaHostFunction } from "./vm/types.ts";

/** A run that has begun: it has its stack, its lock and its number. */
export interface Begun {
  readonly context: RunContext;
  readonly state: KeyValue;
  readonly shared: KeyValue;
}

type Called = HostCall<Scope>;

/** What bound functions need of the run. */
export interface BindingRun {
  readonly mode: Mode;
  /** Begins the run with the first call that needs it. */
  begun(): Begun | Promise<Begun>;
  /** Told of each call that needs the run: `workflow{}` comes too late after it. */
  called(callee: string, call: Called): void;
  /** For functions that need no run: the sources of the controller, before and after it began. */
  readonly aside: Pick<CallContext, "source" | "emit" | "unlocking">;
}

/** Every function of the modules as Lua calls it. */
export function bindModules(modules: readonly ModuleDefinition[], run: BindingRun): readonly LuaHostFunction<Scope>[] {
  return modules.flatMap((module) => module.functions.map((one) => bind(one, run)));
}

/** None of these takes functions, so the machine refused them: what is left is plain data. */
function plain(args: readonly LuaArgument[]): readonly Value[] {
  return args as readonly Value[];
}

function bind(one: ModuleFunction, run: BindingRun): LuaHostFunction<Scope> {
  const { name } = one;
  const answer = opening(one, run, answererOf(one, run));
  if (one.form === "resource") return { name, keepsFloats: one.keepsFloats, call: answer };
  if (one.form !== "function") return { name, call: answer };
  return { name, waits: false, keepsFloats: one.keepsFloats, call: answer };
}

type Answerer = (args: readonly Value[], call: Called) => Answer | Promise<Answer>;

function answererOf(one: ModuleFunction, run: BindingRun): Answerer {
  if (one.form === "function") return (args, call) => functionAnswer(one, run, args, call);
  if (one.form === "query") return (args, call) => queryAnswer(one, run, args, call);
  if (one.form === "action") return (args, call) => actionAnswer(one, run, args, call);
  return (args, call) => resourceAnswer(one, run, args, call);
}

/** Secrets are opened before a call that is given them looks at any. A check needs none. */
function opening({ name }: ModuleFunction, { mode }: BindingRun, answer: Answerer): LuaHostFunction<Scope>["call"] {
  return (args, call) => {
    const given = plain(args);
    const opened = mode === "check" ? undefined : Secret.open(given);
    if (opened === undefined) return answer(given, call);
    return opened.then(
      () => answer(given, call),
      (thrown: unknown) => {
        throw placed(thrown, call.location, name);
      },
    );
  };
}

function resourceAnswer(
  type: AnyResource,
  run: BindingRun,
  args: readonly Value[],
  call: Called,
): Answer | Promise<Answer> {
  const table = oneTable(type, args, call);
  run.called(type.name, call);
  if (run.mode === "check") return checked(type, table, call, []);
  const outcome = after(run.begun(), ({ context }) => callResource(context, type, table, call));
  return after(outcome, (now) => ({ values: [resultOf(now)], shapes: shapesFor(type) }));
}

async function actionAnswer(type: AnyAction, run: BindingRun, args: readonly Value[], call: Called): Promise<Answer> {
  const table = oneTable(type, args, call);
  run.called(type.name, call);
  if (run.mode === "check")
    return checked(
      type,
      table,
      call,
      type.results.map(({ name }) => name),
    );
  const { context } = await run.begun();
  const { outcome, value, unknown }: ActionAnswer = await callAction(context, type, table, call);
  const planned = context.mode === "plan" && unknown.length > 0;
  return {
    values: [{ ...value, ...resultOf(outcome) }],
    unknown: planned ? unknown : undefined,
    shapes: shapesFor(type),
  };
}

async function queryAnswer(type: AnyQuery, run: BindingRun, args: readonly Value[], call: Called): Promise<Answer> {
  const table = oneTable(type, positional(type, args), call);
  run.called(type.name, call);
  if (run.mode === "check") throw new EndPrediction(`${type.name} is not asked by check`);
  const { context } = await run.begun();
  try {
    return { values: [await callQuery(context, type, table, call)], shapes: shapesFor(type) };
  } catch (thrown) {
    if (thrown instanceof SlothError && thrown.code === "E_UNKNOWN") throw new EndPrediction(thrown.message);
    throw thrown;
  }
}

function functionAnswer(
  one: HostFunction,
  run: BindingRun,
  args: readonly Value[],
  call: Called,
): Answer | Promise<Answer> {
  if (!needsRun(one.name)) return answerOf(one, args, contextAside(run, call));
  run.called(one.name, call);
  if (run.mode === "check") return unread(one);
  const begun = run.begun();
  if (begun instanceof Promise) return begun.then((now) => answerOf(one, args, contextOf(run, now, call)));
  return answerOf(one, args, contextOf(run, begun, call));
}

/** What only writes to the record is left out by check; an answer would have to be read there. */
function unread({ returns }: HostFunction): Answer {
  if (returns !== "") throw new EndPrediction("check does not read the record");
  return { values: [] };
}

/** At once when the function can: then it may be called where Lua cannot wait. */
function answerOf(one: HostFunction, args: readonly Value[], context: CallContext): Answer | Promise<Answer> {
  const fail = (thrown: unknown): never => {
    throw placed(thrown, context.location, one.name);
  };
  try {
    const result = one.call(args, context);
    return result instanceof Promise ? result.then((now) => toAnswer(one, now), fail) : toAnswer(one, result);
  } catch (thrown) {
    return fail(thrown);
  }
}

function toAnswer(one: HostFunction, result: Value | undefined | Results): Answer {
  const { keepsNull, keepsOrder } = one;
  const values = result instanceof Results ? result.values : result === undefined ? [] : [result];
  return { values, keepsNull, keepsOrder, shapes: shapesFor(one) };
}

/** The record is only there once the run has begun. */
function needsRun(name: string): boolean {
  return name.startsWith("stack.") || name.startsWith("state.");
}

function contextOf(run: BindingRun, { context, state, shared }: Begun, call: Called): CallContext {
  const { task, signal } = call.scope;
  const aside = run.aside;
  const number = context.run ?? undefined;
  return {
    mode: run.mode,
    location: call.location,
    task,
    run: number,
    signal,
    ...aside,
    stack: context.record,
    state,
    shared,
    seal: (value) => sealSecrets(value, context.contents),
    sealName: (name) => sealName(name, context.contents),
  };
}

function contextAside(run: BindingRun, call: Called): CallContext {
  const { task, signal } = call.scope;
  const none = (): never => {
    throw new Error("this function reads the record and is not listed as one that does");
  };
  const { source, emit, unlocking } = run.aside;
  const told = (event: RunEvent): void => emit(event);
  return {
    mode: run.mode,
    location: call.location,
    task,
    signal,
    source,
    unlocking,
    emit: told,
    get stack() {
      return none();
    },
    get state() {
      return none();
    },
    get shared() {
      return none();
    },
    seal: none,
    sealName: none,
  };
}

/** The table a call was given; functions of modules take no more than one. */
function oneTable(type: ModuleFunction, args: readonly Value[], call: Called): Value | undefined {
  const [table, ...more] = args;
  const isPlain = typeof table === "string" || typeof table === "number" || typeof table === "boolean";
  if (isPlain && type.form !== "function")
    throw placed(notATable(type.name, type.schema, args), call.location, type.name);
  const extra = more.find((one) => one !== null && one !== undefined);
  if (extra === undefined) return table ?? undefined;
  const hint = `write ${type.name}{ … }, with a dot before the function's name`;
  throw placed(new SlothError("E_FIELD", "takes one table; more was given", { hint }), call.location, type.name);
}

/** `fs.read("/etc/hosts")`: positional arguments as the fields they stand for. */
function positional(type: AnyQuery, args: readonly Value[]): readonly Value[] {
  const [first] = args;
  if (type.positional === undefined || first === undefined || (isObject(first) && args.length === 1)) return args;
  const named = type.positional.map((field, index) => [field, args[index] ?? null] as const);
  return [Object.fromEntries(named.filter(([, value]) => value !== null))];
}

/** What Lua gets of an outcome. */
function resultOf(outcome: Outcome): ValueObject {
  const { changed, action, type, name, message, predicted, carried } = outcome;
  const changes = outcome.changes.map(({ property, from, to }) => ({ property, from, to }));
  return { changed, action, type, name, changes, message, predicted, carried };
}

/** `check` answers every call "unchanged" after its fields were checked. */
function checked(
  type: AnyResource | AnyAction,
  table: Value | undefined,
  call: Called,
  unknown: readonly string[],
): Answer {
  try {
    const name = checkCall(type, table);
    return { values: [resultOf({ ...unchanged, type: type.name, name })], unknown, shapes: shapesFor(type) };
  } catch (thrown) {
    throw placed(thrown, call.location, type.name);
  }
}

const unchanged = {
  changed: false,
  action: "none",
  changes: [],
  message: "not looked at",
  predicted: true,
  carried: false,
} as const;
