import { SlothError, toError, type Location } from "../../base/errors.ts";
import { LEAVES, STATUS, type LuaCore, type NativeFunction } from "./core.ts";
import type { Failures } from "./failures.ts";
import type { Frames } from "./frames.ts";
import type { Opaques } from "./opaque.ts";
import { SLICE_MS, Turns } from "./turns.ts";
import { EndPrediction, ExitRequested } from "./types.ts";
import type { Answer, LuaArgument, LuaFunction, LuaHostFunction, ThreadScope } from "./types.ts";
import type { ValueReader } from "./value-reader.ts";
import type { ValueWriter } from "./value-writer.ts";
import type { LuaState } from "./wasm.ts";

const COUNT_EVENTS = 8; // LUA_MASKCOUNT
/** Instructions between two looks at the clock: some 10 µs. */
const LOOK_EVERY = 1000;
/** Where Lua cannot be suspended neither timeouts nor Ctrl-C are seen, so there it may not stay longer. */
const LONGEST_MS = 30_000;

type Settled = { readonly answer: Answer } | { readonly error: unknown };

interface Call<Scope extends ThreadScope> {
  readonly fn: LuaHostFunction<Scope>;
  readonly location: Location;
}

/** One Lua thread on its way. */
interface Thread<Scope extends ThreadScope> {
  readonly L: LuaState;
  readonly scope: Scope;
  /** Set: it is over, whatever Lua does. */
  ended: Error | undefined;
  call: Call<Scope> | undefined;
  waiting: Promise<Settled> | undefined;
  settled: Settled | undefined;
  /** A call that promised to answer at once, and where Lua could not wait did not. */
  stray: Promise<unknown> | undefined;
}

export interface ThreadsOptions {
  readonly core: LuaCore;
  readonly frames: Frames;
  readonly opaques: Opaques;
  readonly reader: ValueReader;
  readonly writer: ValueWriter;
  readonly failures: Failures;
}

/**
 * Drives Lua threads. A call into the program that is answered by a promise suspends its thread and no other; Lua sees neither. A
 * count hook gives the event loop its turn and ends threads that are told to stop.
 */
export class Threads<Scope extends ThreadScope> {
  readonly #core: LuaCore;
  readonly #frames: Frames;
  readonly #opaques: Opaques;
  readonly #reader: ValueReader;
  readonly #writer: ValueWriter;
  readonly #failures: Failures;
  readonly #turns = new Turns();
  readonly #hook: number;
  /** The thread Lua is in right now. */
  #current: Thread<Scope> | undefined;
  /** Depth of coroutines resumed where the thread around them cannot wait. */
  #blocked = 0;
  #broken: Error | undefined;

  constructor({ core, frames, opaques, reader, writer, failures }: ThreadsOptions) {
    this.#core = core;
    this.#frames = frames;
    this.#opaques = opaques;
    this.#reader = reader;
    this.#writer = writer;
    this.#failures = failures;
    const goOn = (L: LuaState): number => this.#continue(L);
    core.continuation = core.wasm.callback(3, true, (L = 0) => core.guarded(L, goOn));
    const look = (L: LuaState): number => this.#look(L);
    this.#hook = core.wasm.callback(2, false, (L = 0) => void core.guarded(L, look));
    core.api.lua_sethook(core.main, this.#hook, COUNT_EVENTS, LOOK_EVERY);
  }

  block(): void {
    this.#blocked++;
  }

  unblock(): void {
    this.#blocked--;
  }

  /** Nothing may run after it. */
  close(): void {
    this.#broken = new Error("the Lua machine is closed");
  }

  /** Runs a Lua function on a thread of its own. */
  async run(
    fn: LuaFunction,
    args: readonly LuaArgument[],
    scope: Scope,
    shapes: Answer["shapes"] = [],
  ): Promise<readonly LuaArgument[]> {
    // Called from inside a host function: Lua is not entered again before that returned.
    if (this.#current !== undefined) await Promise.resolve();
    if (this.#broken !== undefined) throw this.#broken;
    const { api, main } = this.#core;
    const L = api.lua_newthread(main);
    const anchor = this.#core.anchor(main);
    try {
      this.#writer.pushFunction(L, fn);
      args.forEach((arg, i) => this.#writer.push(L, arg, { keepsOrder: true, shape: shapes[i] }));
      return await this.#drive(newThread(L, scope), args.length);
    } finally {
      this.#core.release(anchor);
    }
  }

  async #drive(thread: Thread<Scope>, args: number): Promise<readonly LuaArgument[]> {
    for (let given = args; ; given = 0) {
      if (this.#turns.due()) await this.#turns.take();
      const status = this.#resume(thread, given);
      if (thread.stray !== undefined) await thread.stray;
      if (thread.ended !== undefined) throw thread.ended;
      if (status === STATUS.ok) return this.#reader.readResults(thread.L);
      if (status !== STATUS.yielded) throw this.#failures.read(thread.L, status);
      if (thread.waiting !== undefined) thread.settled = await thread.waiting;
      thread.waiting = undefined;
    }
  }

  #resume(thread: Thread<Scope>, args: number): number {
    if (thread.scope.signal.aborted) throw reasonOf(thread.scope.signal);
    const { api, memory } = this.#core;
    const outer = this.#current;
    this.#current = thread;
    memory.guarded = true;
    try {
      return api.lua_resume(thread.L, 0, args, this.#core.cell);
    } catch (thrown) {
      this.#broken = toError(thrown);
      throw this.#broken;
    } finally {
      this.#current = outer;
      memory.guarded = outer !== undefined;
    }
  }

  /** The function as Lua calls it. */
  native(fn: LuaHostFunction<Scope>): NativeFunction {
    return (L) => this.#call(L, fn);
  }

  #call(L: LuaState, fn: LuaHostFunction<Scope>): number {
    const thread = this.#current;
    if (thread === undefined) throw new SlothError("E_NO_TASK", "cannot be called while Lua collects garbage");
    if (thread.ended !== undefined || thread.scope.signal.aborted) return this.#stop(L, thread);
    const canWait = this.#canWait(L);
    const call = { fn, location: this.#locate(L, thread, 1) };
    if (!canWait && fn.waits !== false) return this.#fail(L, thread, call, cannotWait());
    let answer: Answer | Promise<Answer>;
    try {
      const args = this.#reader.readAll(L, 1, fn.takesFunctions === true, fn.keepsFloats);
      answer = fn.call(args, { scope: thread.scope, location: call.location });
    } catch (thrown) {
      return this.#fail(L, thread, call, thrown);
    }
    if (!(answer instanceof Promise)) {
      if (!canWait || !this.#turns.due()) return this.#answer(L, call, answer);
      answer = Promise.resolve(answer);
    }
    if (!canWait) {
      thread.stray = Promise.all([thread.stray, settled(answer)]);
      return this.#fail(L, thread, call, cannotWait());
    }
    thread.waiting = settled(answer);
    thread.call = call;
    return LEAVES.wait;
  }

  /** The answer a thread waited for has come. */
  #continue(L: LuaState): number {
    const thread = this.#current;
    const call = thread?.call;
    const settled = thread?.settled;
    if (thread === undefined || call === undefined || settled === undefined) throw new Error("no answer to go on with");
    thread.settled = undefined;
    thread.call = undefined;
    return "error" in settled ? this.#fail(L, thread, call, settled.error) : this.#answer(L, call, settled.answer);
  }

  #answer(L: LuaState, call: Call<Scope>, answer: Answer): number {
    answer.values.forEach((value, i) => {
      const shape = answer.shapes?.[i];
      this.#writer.push(L, value, { keepsNull: answer.keepsNull, keepsOrder: answer.keepsOrder, shape });
      if (i === 0 && answer.unknown !== undefined) this.#opaques.markUnknown(L, answer.unknown, call.fn.name, shape);
    });
    return answer.values.length;
  }

  /** What the user can act on becomes a Lua error; the end of a prediction, an exit and our own bugs end the thread. */
  #fail(L: LuaState, thread: Thread<Scope>, call: Call<Scope>, thrown: unknown): number {
    const { signal } = thread.scope;
    if (thrown instanceof SlothError && !signal.aborted) {
      // One that knows its place knows its callee too, if it has one.
      if (thrown.location === undefined) thrown.callee ??= call.fn.name;
      thrown.location ??= call.location;
      throw thrown;
    }
    if (thrown instanceof EndPrediction || thrown instanceof ExitRequested) thrown.location ??= call.location;
    thread.ended = signal.aborted ? reasonOf(signal) : toError(thrown);
    return this.#stop(L, thread);
  }

  /** Ends the thread from inside one of our own functions. */
  end(L: LuaState, reason: Error): number {
    const thread = this.#current;
    if (thread === undefined) {
      this.#core.pushText(L, String(reason));
      return LEAVES.raise;
    }
    if (reason instanceof EndPrediction) reason.location ??= this.#locate(L, thread);
    thread.ended ??= reason;
    return this.#stop(L, thread);
  }

  /** Leaves Lua for good: by a yield where it can, else by errors that are raised again at every instruction. */
  #stop(L: LuaState, thread: Thread<Scope>): number {
    const { api } = this.#core;
    api.lua_sethook(L, this.#hook, COUNT_EVENTS, 1);
    api.lua_sethook(thread.L, this.#hook, COUNT_EVENTS, 1);
    if (this.#canWait(L)) return LEAVES.leave;
    this.#core.pushText(L, "the task is over");
    return LEAVES.raise;
  }

  #look(L: LuaState): number {
    const thread = this.#current;
    if (thread === undefined) return 0;
    if (thread.ended === undefined && !thread.scope.signal.aborted) {
      const waited = this.#turns.waitedMs();
      if (waited < SLICE_MS) return 0;
      if (this.#canWait(L)) return LEAVES.leave;
      if (waited < LONGEST_MS) return 0;
      thread.ended = Object.assign(endless(), { location: this.#locate(L, thread) });
    }
    return this.#stop(L, thread);
  }

  #canWait(L: LuaState): boolean {
    return this.#blocked === 0 && this.#core.api.lua_isyieldable(L) !== 0;
  }

  #locate(L: LuaState, thread: Thread<Scope>, from = 0): Location {
    return this.#frames.locate(L, from) ?? this.#frames.locate(thread.L) ?? { file: "?", line: 0 };
  }
}

function newThread<Scope extends ThreadScope>(L: LuaState, scope: Scope): Thread<Scope> {
  const nothing = { ended: undefined, call: undefined, waiting: undefined, settled: undefined, stray: undefined };
  return { L, scope, ...nothing };
}

function settled(answer: Promise<Answer>): Promise<Settled> {
  return answer.then(
    (value) => ({ answer: value }),
    (error: unknown) => ({ error }),
  );
}

function cannotWait(): SlothError {
  return new SlothError("E_CANNOT_WAIT", "has to wait for its answer, and Lua cannot wait here", {
    hint: "inside table.sort, string.gsub and metamethods they call, use what was asked for before",
  });
}

function endless(): SlothError {
  const what = `ran for ${LONGEST_MS / 1000} s inside a table.sort, string.gsub or metamethod, where it cannot be interrupted`;
  return new SlothError("E_ENDLESS", what, { hint: "do long work outside of them" });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new SlothError("E_STOPPED", "was stopped");
}
