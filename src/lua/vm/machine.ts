import { SlothError, toError, type Location } from "../../base/errors.ts";
import type { Value } from "../../base/value.ts";
import { Chunks } from "./chunks.ts";
import { LEAVES, LuaCore } from "./core.ts";
import { Failures } from "./failures.ts";
import { Frames } from "./frames.ts";
import { Inspector } from "./inspect.ts";
import { Sources } from "./lua-error.ts";
import { Opaques } from "./opaque.ts";
import { Orders } from "./orders.ts";
import { runPrelude } from "./prelude.ts";
import { Threads } from "./threads.ts";
import type { Answer, HostCall, LuaArgument, LuaFunction, LuaHostFunction, ThreadScope } from "./types.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueWriter } from "./value-writer.ts";

/** Functions of ours, and Lua of ours around them: precompiled, and given the table of all modules before they are sealed. */
export interface MachinePart<Scope extends ThreadScope> {
  readonly functions: readonly LuaHostFunction<Scope>[];
  readonly lua?: string | undefined;
  /** The machine is closed. */
  close?(): void;
}

export interface MachineOptions<Scope extends ThreadScope> {
  readonly functions: readonly LuaHostFunction<Scope>[];
  /** workflow, goroutine, io and the rest of what this folder brings. */
  readonly parts?: readonly MachinePart<Scope>[] | undefined;
  /** By dotted name: `{ "json.null": null }`. */
  readonly constants?: { readonly [name: string]: Value } | undefined;
  /** Bytes; not less than the 16 MiB that Lua starts with. Default 512 MiB. */
  readonly memoryLimit?: number | undefined;
  /** What one call of `print` says, without the newline. */
  print(text: string | Uint8Array, call: HostCall<Scope>): void;
}

export interface Machine<Scope extends ThreadScope> {
  /** Compiles a file; `name` is the file as the user knows it. Throws ScriptError with the place when it is not Lua. */
  load(source: Uint8Array, name: string): LuaFunction;
  /** Runs a function on a thread of its own; any number at once. Rejects with the very error that was thrown. */
  run(
    fn: LuaFunction,
    args: readonly LuaArgument[],
    scope: Scope,
    shapes?: Answer["shapes"],
  ): Promise<readonly LuaArgument[]>;
  /** For the checker: a compiled chunk, and the names that a script may use. */
  readonly inspector: Inspector;
  setGlobal(name: string, value: LuaArgument): void;
  /** The line of a loaded file, for messages; undefined when there is none. */
  sourceLine(location: Location): string | undefined;
  /** Bytes of memory that Lua has taken; it gives none back before it is closed. */
  memoryUsed(): number;
  /** Nothing may run after it. */
  close(): void;
}

const MEMORY_LIMIT = 512 * 1024 * 1024;

/** Opens Lua with the program's functions in it. */
export async function createMachine<Scope extends ThreadScope>(
  options: MachineOptions<Scope>,
): Promise<Machine<Scope>> {
  return build(await LuaCore.open(options.memoryLimit ?? MEMORY_LIMIT), options);
}

function build<Scope extends ThreadScope>(core: LuaCore, options: MachineOptions<Scope>): Machine<Scope> {
  const sources = new Sources();
  const frames = new Frames(core);
  const opaques = new Opaques(core, frames);
  const orders = new Orders(core);
  const [reader, writer] = [new ValueReader(core, opaques, orders), new ValueWriter(core, opaques, orders)];
  const failures = new Failures({ core, frames, opaques, reader, sources });
  const threads = new Threads<Scope>({ core, frames, opaques, reader, writer, failures });
  const chunks = new Chunks(core, sources);
  core.onThrown = (L, thrown) => {
    if (!(thrown instanceof SlothError)) return threads.end(L, toError(thrown));
    thrown.location ??= frames.locate(L);
    opaques.pushError(L, thrown);
    return LEAVES.raise;
  };
  runPrelude({ core, opaques, orders, writer, threads, chunks }, options);
  return {
    inspector: new Inspector(core, chunks, reader, writer),
    load: (source, name) => chunks.load(source, name),
    run: (fn, args, scope, shapes) => threads.run(fn, args, scope, shapes),
    setGlobal(name, value) {
      writer.push(core.main, value, { keepsOrder: true });
      core.api.lua_setglobal(core.main, core.name(name));
    },
    sourceLine: (location) => sources.line(location),
    memoryUsed: () => core.memory.bytes.byteLength,
    close() {
      threads.close();
      for (const part of options.parts ?? []) part.close?.();
    },
  };
}
