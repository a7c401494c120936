import type { Location } from "../errors.ts";
import type { Value } from "../engine/value.ts";

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
  readonly values: readonly (Value | undefined)[];
  readonly unknown?: readonly string[] | undefined;
}

/**
 * A function of the program as Lua sees it under its dotted name. It may answer at once or by a promise; Lua waits and sees neither.
 * A SlothError thrown becomes the error table with `code`, `message`, `hint`; EndPrediction ends the task's thread, past any pcall.
 */
export interface LuaHostFunction<Scope extends ThreadScope> {
  readonly name: string;
  /** Of the dotted names: `stack.get_name`. A name without a dot is a global: `workflow`. */
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
  constructor(reason: string) {
    super(reason);
    this.name = "EndPrediction";
    this.reason = reason;
  }
}
