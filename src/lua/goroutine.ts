import { setTimeout as sleep } from "node:timers/promises";
import { timerMs } from "../base/duration.ts";
import { SlothError } from "../base/errors.ts";
import { integer, object, optional, parseProps, withDefault } from "../engine/schema.ts";
import { ownLua } from "./vm/own-lua.ts";
import type { Machine, MachinePart } from "./vm/machine.ts";
import { MapError, type FailedItem } from "./map-error.ts";
import { EndPrediction } from "./vm/types.ts";
import type { Answer, HostCall, LuaArgument, LuaFunction, LuaHostFunction, ThreadScope } from "./vm/types.ts";
import { isLuaFunction } from "./vm/lua-function.ts";

type Run<Scope extends ThreadScope> = Machine<Scope>["run"];

export interface GoroutineOptions<Scope extends ThreadScope> {
  /** The machine's `run`. */
  run: Run<Scope>;
  /** The scope of a goroutine started under `scope`; `label` names the item. */
  fork(scope: Scope, label: string, signal: AbortSignal): Scope;
  /** In plan and check nothing sleeps. */
  readonly sleeps: boolean;
}

export interface Goroutines<Scope extends ThreadScope> {
  readonly part: MachinePart<Scope>;
  /** The machine's `run`, and then waits for the goroutines left running; a failure nobody awaited is the function's own. */
  run: Run<Scope>;
}

export const mapOptions = object({
  limit: withDefault(integer("How many run at once.", 1), 16),
  stop_after_failures: optional(integer("After so many failures no further item is started.", 1)),
});

/** One `goroutine.async`. */
interface Started {
  readonly ended: Promise<Error | undefined>;
  awaited: boolean;
}

export function createGoroutines<Scope extends ThreadScope>(options: GoroutineOptions<Scope>): Goroutines<Scope> {
  const goroutines = new GoroutineCalls(options);
  const functions = goroutines.functions();
  return {
    part: { functions, lua: ownLua.goroutine },
    run: (fn, args, scope, shapes) => goroutines.run(fn, args, scope, shapes),
  };
}

class GoroutineCalls<Scope extends ThreadScope> {
  readonly #options: GoroutineOptions<Scope>;
  readonly #started = new Map<number, Started>();
  readonly #ofScope = new Map<Scope, Set<number>>();
  #lastId = 0;

  constructor(options: GoroutineOptions<Scope>) {
    this.#options = options;
  }

  functions(): LuaHostFunction<Scope>[] {
    const define = (
      name: string,
      call: (args: readonly LuaArgument[], call: HostCall<Scope>) => Answer | Promise<Answer>,
    ): LuaHostFunction<Scope> => ({ name: `goroutine.${name}`, takesFunctions: true, call });
    return [
      define("map", (args, call) => this.#map(args, call)),
      define("async", ([worker], call) => this.#async(functionIn(worker), call)),
      define("await", ([id], call) => this.#await([id ?? 0], call)),
      define("await_all", ([ids], call) => this.#await(Array.isArray(ids) ? ids : [], call)),
      define("sleep", ([ms], call) => this.#sleep(milliseconds(ms), call.scope.signal)),
      define("timeout", ([ms, worker], call) => this.#timeout(milliseconds(ms), functionIn(worker), call)),
    ];
  }

  async run(
    fn: LuaFunction,
    args: readonly LuaArgument[],
    scope: Scope,
    shapes?: Answer["shapes"],
  ): Promise<readonly LuaArgument[]> {
    const result = this.#options.run(fn, args, scope, shapes);
    const own = await result.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const left = await this.#finish(scope);
    if (own === undefined && left !== undefined) throw left;
    return await result;
  }

  /** Waits for what a scope started; answers the first failure that nobody awaited. */
  async #finish(scope: Scope): Promise<Error | undefined> {
    let failure: Error | undefined;
    for (const id of this.#ofScope.get(scope) ?? []) {
      const started = this.#started.get(id);
      const error = await started?.ended;
      if (started?.awaited === false) failure ??= error;
      this.#started.delete(id);
    }
    this.#ofScope.delete(scope);
    return failure;
  }

  #async(worker: LuaFunction, { scope }: HostCall<Scope>): Answer {
    const id = ++this.#lastId;
    const forked = this.#options.fork(scope, `goroutine ${id}`, scope.signal);
    const ended = this.#attempt(worker, [], forked).finally(() => worker.release());
    const ids = this.#ofScope.get(scope) ?? new Set();
    this.#ofScope.set(scope, ids.add(id));
    this.#started.set(id, { ended, awaited: false });
    void ended.then((error) => {
      // What succeeded left its results in Lua; only a failure may still be asked for.
      if (error !== undefined) return;
      this.#started.delete(id);
      ids.delete(id);
    });
    return { values: [id] };
  }

  /** The error it ended with. */
  async #attempt(worker: LuaFunction, args: readonly LuaArgument[], scope: Scope): Promise<Error | undefined> {
    try {
      await this.run(worker, args, scope);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #await(ids: readonly LuaArgument[], { scope }: HostCall<Scope>): Promise<Answer> {
    const failed: FailedItem[] = [];
    for (const [index, id] of ids.entries()) {
      const started = this.#started.get(Number(id));
      if (started === undefined) continue;
      started.awaited = true;
      const error = await orAborted(started.ended, scope.signal);
      if (error !== undefined) failed.push({ index, label: `[${index + 1}]`, error });
    }
    if (failed.length === 0) return { values: [] };
    throw ids.length === 1 ? failed[0]?.error : combined(failed, ids.length, 0, []);
  }

  async #map([count, worker, names, given]: readonly LuaArgument[], { scope }: HostCall<Scope>): Promise<Answer> {
    const { limit, stop_after_failures: most = Infinity } = parseProps(mapOptions, given ?? {});
    const fn = functionIn(worker);
    const total = Number(count);
    const succeeded: Scope[] = [];
    const failed: FailedItem[] = [];
    let next = 1;
    const lane = async (): Promise<void> => {
      while (next <= total && failed.length < most && !failed.some(({ error }) => !(error instanceof SlothError))) {
        const index = next++;
        const label = labelOf(names, index);
        const forked = this.#options.fork(scope, label, scope.signal);
        const error = await this.#attempt(fn, [index], forked);
        if (error === undefined) succeeded.push(forked);
        else failed.push({ index, label, error });
        if (scope.signal.aborted) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(limit, total) }, lane));
    fn.release();
    if (failed.length > 0) throw combined(failed, total, total - next + 1, succeeded);
    return { values: [] };
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<Answer> {
    if (this.#options.sleeps) await sleep(timerMs(ms), undefined, { signal });
    return { values: [] };
  }

  async #timeout(ms: number, worker: LuaFunction, { scope }: HostCall<Scope>): Promise<Answer> {
    const controller = new AbortController();
    const expire = (): void => controller.abort(new SlothError("E_TIMEOUT", `took longer than ${ms} ms`));
    const timer = setTimeout(expire, timerMs(ms));
    const signal = AbortSignal.any([scope.signal, controller.signal]);
    const error = await this.#attempt(worker, [], this.#options.fork(scope, `timeout ${ms} ms`, signal));
    clearTimeout(timer);
    worker.release();
    if (error !== undefined) throw error;
    return { values: [] };
  }
}

/** Failures together; the end of a prediction only when nothing failed, what is not the user's to act on before all. */
function combined<Scope>(
  failed: readonly FailedItem[],
  total: number,
  left: number,
  succeeded: readonly Scope[],
): Error {
  const errors = failed.map(({ error }) => error);
  const ours = errors.find((error) => !(error instanceof SlothError) && !(error instanceof EndPrediction));
  const real = failed.filter(({ error }) => error instanceof SlothError).sort((a, b) => a.index - b.index);
  if (ours !== undefined) return ours;
  return real.length > 0 ? new MapError(real, total, left, succeeded) : (errors[0] ?? new Error("nothing failed"));
}

/** Ends early when the signal aborts; what it waited for goes on. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(toReason(signal));
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(toReason(signal));
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", stop));
}

function toReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

function labelOf(names: LuaArgument | undefined, index: number): string {
  const name: unknown = Array.isArray(names) ? names[index - 1] : undefined;
  return typeof name === "string" || typeof name === "number" ? String(name) : `item ${index}`;
}

function functionIn(value: LuaArgument | undefined): LuaFunction {
  if (isLuaFunction(value)) return value;
  throw new SlothError("E_FIELD", "takes a function");
}

function milliseconds(value: LuaArgument | undefined): number {
  if (typeof value === "number" && value >= 0 && value <= 2 ** 31 - 1) return value;
  throw new SlothError("E_FIELD", "takes a number of milliseconds");
}
