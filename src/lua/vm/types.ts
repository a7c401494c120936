import type { Location } from "../../base/errors.ts";
import type { Shape } from "../../engine/shape.ts";
import type { Value } from "../../base/value.ts";

/** What a thread works for; the engine gives it, every coroutine and goroutine started below inherits it. */
export interface ThreadScope {
  readonly task: string;
  readonly signal: AbortSignal;
}

/** One call from Lua into the program. */
export interface HostCall<Scope extends ThreadScope> {
  readonly scope: Scope;
  /** Of the innermost Lua frame that is the user's. */
  readonly location: Location;
}

/**
 * What a host function answers. `Answer.values` become Lua results. `unknown` names fields of the first result (a table) that
 * nobody can know in plan: reading one, or walking over the table, ends the thread's task as if by `endPrediction`.
 */
export interface Answer {
  readonly values: readonly (LuaArgument | undefined)[];
  readonly unknown?: readonly string[] | undefined;
  /** A null field of a table becomes `json.null`; otherwise it is left out, and only one inside a list becomes it. */
  readonly keepsNull?: boolean | undefined;
  /** Its tables remember the order of their names, for pairs and for when they are given to a module. */
  readonly keepsOrder?: boolean | undefined;
  /** Of each value: a read of a field that is not in it is an error. */
  readonly shapes?: readonly (Shape | undefined)[] | undefined;
}

/**
 * A function of the program as Lua sees it under its dotted name. It may answer at once or by a promise; Lua waits and sees neither.
 * A SlothError thrown becomes the error table with `code`, `message`, `hint`; EndPrediction ends the task's thread, past any pcall.
 */
export interface LuaHostFunction<Scope extends ThreadScope> {
  /** Dotted for a function of a module: `stack.get_name`. A name without a dot is a global: `workflow`. */
  readonly name: string;
  /**
   * false: it answers at once whenever it can (json.encode, stack.get_name), so it may be called where Lua cannot wait, such as a
   * table.sort comparator. All others are refused there before they do anything.
   */
  readonly waits?: boolean | undefined;
  /** It takes Lua functions (task, goroutine.map); for all others one among the arguments is an error that names the field. */
  readonly takesFunctions?: boolean | undefined;
  /** A float without a fraction comes as `Float`, not as a whole number. */
  readonly keepsFloats?: boolean | undefined;
  call(args: readonly LuaArgument[], call: HostCall<Scope>): Answer | Promise<Answer>;
}

/** A Lua function that was handed to us, anchored until the machine is closed or `release` is called. */
export interface LuaFunction {
  readonly kind: "lua-function";
  release(): void;
}

/** Arguments may hold functions (workflow, task, goroutine): anywhere in a table, or as the argument itself. */
export type LuaArgument = Value | LuaFunction | readonly LuaArgument[] | { readonly [key: string]: LuaArgument };

/** Ends the thread's task, uncatchably and without failure: "cannot be predicted from site.lua:30 on". */
export class EndPrediction extends Error {
  readonly reason: string;
  /** Set by the machine: where the unknown was asked for. */
  location: Location | undefined;
  constructor(reason: string) {
    super(reason);
    this.name = "EndPrediction";
    this.reason = reason;
  }
}

/** `os.exit`: ends the run in order, uncatchably. Status 0 to 255. */
export class ExitRequested extends Error {
  readonly status: number;
  /** Set by the machine. */
  location: Location | undefined;
  constructor(status: number) {
    super(`os.exit(${status})`);
    this.name = "ExitRequested";
    this.status = status;
  }
}
