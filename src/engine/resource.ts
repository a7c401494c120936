import type { MaybePromise } from "../base/maybe-promise.ts";
import type { Location } from "../base/errors.ts";
import type { ReadSystem, System } from "../system/system.ts";
import type { Digest } from "../base/digest.ts";
import type { RunEvent } from "./events.ts";
import type { KeyValue, StackRecord } from "./record/record.ts";
import type { Contents, Schema } from "./schema.ts";
import type { Value, ValueObject } from "../base/value.ts";

/** What a resource type can read of itself; the names are the properties shown in plan, drift and history. */
export type Facts = { readonly [property: string]: Value | undefined };
export interface Change {
  readonly property: string;
  /** null: was not there. */
  readonly from: Value;
  readonly to: Value;
}

/** What differs. `create`: nothing is there yet. `delete`: it is there and should not be. Empty `changes` and `update`: nothing to do. */
export interface Diff<S extends Facts = Facts> {
  readonly action: "create" | "update" | "delete";
  readonly changes: readonly Change[];
  readonly actual: S | null;
  readonly desired: Partial<S> | null;
}

/** What a source is looked at for: its contents (unless said), only that it is there, or a secret, which no bundle brings. */
export type SourceUse = "contents" | "presence" | "secret";

/** The machine the workflow is on, for `want`: looks, and holds contents so that the target can ask for them by digest. */
export interface Source extends ReadSystem {
  /** Directory of the workflow file; relative paths that are read here start there. */
  readonly workflowDirectory: string;
  /** Where a file named by its absolute path is really read: a bundle brings its own. Every path that a workflow names as a source goes through it. */
  locate(path: string, use?: SourceUse): string;
  /** The call is `sensitive`, or a secret was among its values: hold() keys every digest. */
  readonly sensitive: boolean;
  /** Keeps contents for `inputs.open`. Keyed when the call is sensitive or the contents are a Secret. */
  hold(contents: Contents): Digest;
  /** As hold, of a file that is streamed when it is needed and not kept in memory. */
  holdFile(path: string): MaybePromise<Digest>;
  /** The same of contents that are elsewhere and have that digest: streamed from there when they are needed. */
  holdStream(digest: Digest, open: () => AsyncIterable<Uint8Array>): Digest;
}

/** What `expand` may ask of the machine the resource is for, where the address depends on it. Another host costs a round trip. */
export interface TargetLook {
  /** "local" or the host's name. */
  readonly host: string;
  /** Follows links. In plan, predictions count. */
  isDirectory(path: string): MaybePromise<boolean>;
  /** A file as it is there, read as it is taken. */
  open(path: string): AsyncIterable<Uint8Array>;
  /** The answer of a query; `want` is what the query's own `want` makes. */
  ask(query: AnyQuery, want: Value): MaybePromise<Value>;
}

/** Contents by digest, streamed and checked, asked for only when a difference needs them. */
export interface Inputs {
  /** As they are now: whoever writes them checks their digest (`WriteOptions.digest`). */
  open(digest: Digest): AsyncIterable<Uint8Array>;
  /** The whole of it; for what is small by nature, such as a password hash or a line. */
  read(digest: Digest): Promise<Uint8Array>;
}

export interface Restated<W extends Value = Value, S extends Facts = Facts> {
  readonly want: W;
  /** The want to act on, where it is for one thing alone and so not to be recorded. */
  readonly only?: W | undefined;
  readonly stated: Partial<S>;
  /** What cannot be had again when it has to be made anew, in the user's words. */
  readonly lost?: string | undefined;
}

/** What undoing asks of a type. `remove` is each type's own; all else only the maker of a kind has, the one type of it that restates. */
export interface UndoHooks<W extends Value = Value, S extends Facts = Facts> {
  /** Takes it away, for destroy and --prune. */
  remove?(want: W, actual: S, target: System): Promise<void>;
  /** Why what was to be taken away may stay all the same, in the user's words; undefined: it may not. */
  stays?(left: S): string | undefined;
  /**
   * A want, and what it states, that puts back facts recorded earlier, whatever type of this kind recorded them; null where they cannot be
   * had again. Its `apply` takes values from `diff`. `facts` null: only the name is known, to look at it and to take it away. `content`: what
   * the file held then.
   */
  restate?(name: string, facts: S | null, content?: Digest): Restated<W, S> | null;
  /**
   * What the maker of its kind states, as this type wants it: its `apply` then puts that back, where it does more than the maker's. null: the
   * maker's will do.
   */
  asOwn?(name: string, stated: Partial<S>): Restated<W, S> | null;
  /**
   * Paths that it puts right itself when it is undone: of all others that a change touches what was there is recorded beside it. A type whose
   * things are neither paths nor parts of files answers for all it touches, unless it tells.
   */
  own?(want: W): readonly string[];
  /** All that it makes lies below this directory, and is recorded and undone path by path. */
  below?(want: W): string;
  /** Of a kind whose things hold contents: which; null: contents that the facts do not tell; undefined: such a thing has none. */
  contentOf?(facts: Partial<S>): Digest | null | undefined;
}

/**
 * Lua that shows a function at work, as its documentation tells it and a test runs it on a host: a workflow by itself, that finds nothing
 * left to do when it is run again. Indentation is taken off. Every function of the registry has one.
 */
export type Example = string | undefined;

/**
 * Something that is kept in a state. `want` runs on the source and returns plain data that is recorded and sent, so it
 * holds no contents and no secret, only their digests; all else runs on the target.
 */
export interface ResourceType<P = unknown, W extends Value = Value, S extends Facts = Facts> {
  readonly form: "resource";
  /** The Lua name: "file_ops.copy". */
  readonly name: `${string}.${string}`;
  /** What is kept: "file". kind and identity are the address in a stack; types of one kind share the names of their facts. */
  readonly kind: string;
  /** Of W and S as recorded. */
  readonly version: number;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  /** A float without a fraction comes to it as `Float`, not as a whole number. */
  readonly keepsFloats?: boolean | undefined;
  /** Reads what an older version recorded. */
  upgrade?(recorded: Value, from: number): W;
  /**
   * What it keeps is here, whatever host the call is for (fetch): the resource is on this machine and its address local, only `expand` is
   * given the host to ask.
   */
  readonly local?: true;
  /** A list, a tree: one resource each. The order is kept. `target`: a copy to a directory that is there goes into it. */
  expand?(props: P, source: Source, target: TargetLook): MaybePromise<readonly P[]>;
  identity(props: P): string;
  want(props: P, source: Source): MaybePromise<W>;
  /** null: is absent. */
  read(want: W, target: ReadSystem): MaybePromise<S | null>;
  /** Stated properties only; null: should be absent; "asis": nothing is asked of what is there (user.create of one that exists). */
  desired(want: W, actual: S | null, target: ReadSystem): MaybePromise<Partial<S> | null | "asis">;
  /** Default: stated properties compared by value. */
  diff?(actual: S | null, desired: Partial<S> | null): Diff<S>;
  /**
   * Makes the changes that `diff` lists, taking values from `diff`, contents from `inputs`. In plan, when there is no `predict`, it is
   * called with the overlay as target: then it must do all it does by the System's file primitives.
   */
  apply(want: W, diff: Diff<S>, target: System, inputs: Inputs): Promise<void>;
  /** All of one `expand` in one transaction; those without changes are left out. */
  applyAll?(
    items: readonly { readonly want: W; readonly diff: Diff<S> }[],
    target: System,
    inputs: Inputs,
  ): Promise<void>;
  /** In plan: throws where `apply` would refuse to begin; for types with `predict`, which stands in for it there. */
  refuse?(target: ReadSystem): void;
  /** In plan: what `read` would say after `apply`; for types whose apply runs commands. Most want `predictMerged`. */
  predict?(actual: S | null, desired: Partial<S> | null, want: W): S | null;
  /** What must not be worked on at the same time on one host, beside the address: "packages", "file:/etc/hosts". */
  locks?(want: W): readonly string[];
  /** The file whose text `--diff` shows and whose contents are kept for undo. */
  file?(want: W): string | undefined;
  /** Properties in which two declarations of one address in one run may not differ: ["content"]. */
  readonly exclusive?: readonly string[];
  /** How destroy, --prune, rollback and --fix undo it; a type without is only released. */
  readonly undo?: UndoHooks<W, S>;
}

/** What an action answers; `value` are the result's own fields, beside `changed` and the rest. */
export interface ActionResult {
  readonly changed: boolean;
  readonly value?: ValueObject | undefined;
  readonly message?: string | undefined;
}

/** What a resource will be. */
interface Prediction {
  readonly kind: string;
  readonly name: string;
  /** null: absent. */
  readonly facts: Facts | null;
}

/** A verb with no lasting state, such as systemd.restart or exec.run; never "unchanged" unless it says it is not needed. */
export interface ActionType<P = unknown, W extends Value = Value> {
  readonly form: "action";
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  /** Short, for the line that reports it: "nginx.service", "make install". Never holds a secret. */
  title(props: P): string;
  /** As a resource's: plain data for the far end, contents and secrets as digests. */
  want(props: P, source: Source): MaybePromise<W>;
  /** creates, unless, onlyif. false: nothing to do. Absent: always needed. */
  needed?(want: W, target: ReadSystem): MaybePromise<boolean>;
  /** Only looks, so it runs in plan too. */
  readOnly?(want: W): boolean;
  run(want: W, target: System, inputs: Inputs): Promise<ActionResult>;
  /** In plan: throws where `run` would refuse to begin. */
  refuse?(target: ReadSystem): void;
  /** In plan: what it may change, as a resource of that kind would; anything when absent. */
  readonly reaches?: "package" | "unit";
  /** In plan: what `read` of these resources would say after `run`, so that later calls see it. */
  predict?(want: W, target: ReadSystem): MaybePromise<readonly Prediction[]>;
  /** Fields of `value`, unknown in plan; a read of one ends the prediction. */
  readonly results: readonly Parameter[];
  locks?(want: W): readonly string[];
}

/** Looks at the target and answers; runs in plan too. */
export interface QueryType<P = unknown, W extends Value = Value> {
  readonly form: "query";
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  /** Documentation of the answer: a LuaCATS type. */
  readonly returns: string;
  want?(props: P, source: Source): MaybePromise<W>;
  /** Where the call may be given positional arguments, as in `fs.read("/etc/hosts")`: the fields they stand for. */
  readonly positional?: readonly string[];
  read(want: W, target: ReadSystem): MaybePromise<Value>;
}

export interface Parameter {
  readonly name: string;
  /** A LuaCATS type. */
  readonly type: string;
  readonly summary: string;
  readonly optional?: boolean | undefined;
}

/** A function of the controller itself, with positional arguments: json.encode, log.info, stack.set_output. */
export interface HostFunction {
  readonly form: "function";
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly params: readonly Parameter[];
  /** Of the arguments by their names, or, where it takes one table, of its fields. */
  readonly schema?: Schema<unknown> | undefined;
  readonly takesTable?: boolean | undefined;
  /** LuaCATS types of what it returns, "" for nothing: "string", "string, table". */
  readonly returns: string;
  /** null inside a table it returns comes to Lua as `json.null`; otherwise only one inside a list does, and a field is left out. */
  readonly keepsNull?: boolean | undefined;
  /** Tables it returns keep the order of their names in Lua. */
  readonly keepsOrder?: boolean | undefined;
  /** A float without a fraction comes to it as `Float`, not as a whole number. */
  readonly keepsFloats?: boolean | undefined;
  /** Several results as an array inside `results()`; a plain Value is one result; undefined none. */
  call(args: readonly Value[], context: CallContext): MaybePromise<Value | undefined | Results>;
}

/** Several Lua results. */
export class Results {
  readonly values: readonly Value[];
  constructor(...values: readonly Value[]) {
    this.values = values;
  }
}

/** What opens secrets: identities that are at hand, a person, a command. */
export interface Unlocking {
  /** What an age file holds. */
  open(file: Uint8Array): Promise<Uint8Array>;
  /** What a person types where it is not shown; throws where there is nobody to ask. */
  ask(question: string): Promise<Uint8Array>;
  /** What a command of this machine writes; it may look, and not be seen. */
  command(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<Uint8Array>;
}

/** What a function of the controller may use. */
export interface CallContext {
  readonly mode: "apply" | "plan" | "check";
  readonly location: Location;
  /** Name of the running task; "main" at the top level. */
  readonly task: string;
  /** Number of the run within its stack; none in plan. */
  readonly run?: number | undefined;
  readonly signal: AbortSignal;
  readonly source: Source;
  readonly unlocking: Unlocking;
  readonly stack: StackRecord;
  /** The stack's own keys, and those of the whole database. */
  readonly state: KeyValue;
  readonly shared: KeyValue;
  /** A value fit for the record: texts in which a secret of this run stands as their keyed digests. */
  seal(value: Value): Value;
  /** As seal, of a name by which something is found again. */
  sealName(name: string): string;
  emit(event: RunEvent): void;
}

// Types are kept in one list whatever they want and read; each is only ever called with what it made itself.
// The erasure is deliberate and stays inside the five functions below.
export type AnyResource = ResourceType<unknown, Value, Facts>;
export type AnyAction = ActionType<unknown, Value>;
export type AnyQuery = QueryType<unknown, Value>;
export type ModuleFunction = AnyResource | AnyAction | AnyQuery | HostFunction;

/** One Lua module: its name, what it is for, and its functions. */
export interface ModuleDefinition {
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly ModuleFunction[];
}

export function defineResource<P, W extends Value, S extends Facts>(
  type: Omit<ResourceType<P, W, S>, "form">,
): AnyResource {
  return { ...type, form: "resource" } as unknown as AnyResource;
}

export function defineAction<P, W extends Value>(type: Omit<ActionType<P, W>, "form">): AnyAction {
  return { ...type, form: "action" } as unknown as AnyAction;
}

export function defineQuery<P, W extends Value>(type: Omit<QueryType<P, W>, "form">): AnyQuery {
  return { ...type, form: "query" } as unknown as AnyQuery;
}

export function defineFunction(definition: Omit<HostFunction, "form">): HostFunction {
  return { ...definition, form: "function" };
}

/** `predict` for most types: what is there, with what is stated over it. */
export function predictMerged<S extends Facts>(actual: S | null, desired: Partial<S> | null): S | null {
  return desired === null ? null : ({ ...actual, ...desired } as S);
}
