import gluePath from "wasmoon/dist/glue.wasm" with { type: "file" };

/** A `lua_State *`: an address in the memory of the Lua machine. */
export type LuaState = number;

/** The C API of Lua 5.4 as glue.wasm exports it. Pointers are numbers; a C function is its place in the function table. */
export interface LuaApi {
  lua_atpanic(L: LuaState, panic: number): number;
  luaL_newstate(): LuaState;
  luaL_loadbufferx(L: LuaState, source: number, size: number, name: number, mode: number): number;
  luaL_ref(L: LuaState, table: number): number;
  luaL_requiref(L: LuaState, name: number, open: number, global: number): void;
  luaL_tolstring(L: LuaState, index: number, length: number): number;
  luaL_traceback(L: LuaState, of: LuaState, message: number, level: number): void;
  luaL_unref(L: LuaState, table: number, ref: number): void;
  lua_checkstack(L: LuaState, slots: number): number;
  lua_createtable(L: LuaState, items: number, fields: number): void;
  lua_error(L: LuaState): never;
  lua_getglobal(L: LuaState, name: number): number;
  lua_getinfo(L: LuaState, what: number, ar: number): number;
  lua_getmetatable(L: LuaState, index: number): number;
  lua_getstack(L: LuaState, level: number, ar: number): number;
  lua_gettop(L: LuaState): number;
  lua_isinteger(L: LuaState, index: number): number;
  lua_isyieldable(L: LuaState): number;
  lua_newthread(L: LuaState): LuaState;
  lua_newuserdatauv(L: LuaState, size: number, values: number): number;
  lua_next(L: LuaState, index: number): number;
  lua_pushboolean(L: LuaState, value: number): void;
  lua_pushcclosure(L: LuaState, fn: number, upvalues: number): void;
  lua_pushinteger(L: LuaState, value: bigint): void;
  lua_pushlightuserdata(L: LuaState, pointer: number): void;
  lua_pushlstring(L: LuaState, text: number, size: number): number;
  lua_pushnil(L: LuaState): void;
  lua_pushnumber(L: LuaState, value: number): void;
  lua_pushvalue(L: LuaState, index: number): void;
  lua_rawequal(L: LuaState, a: number, b: number): number;
  lua_rawget(L: LuaState, index: number): number;
  lua_rawgeti(L: LuaState, index: number, key: bigint): number;
  lua_rawset(L: LuaState, index: number): void;
  lua_rawseti(L: LuaState, index: number, key: bigint): void;
  lua_resume(L: LuaState, from: LuaState, args: number, results: number): number;
  lua_setglobal(L: LuaState, name: number): void;
  lua_sethook(L: LuaState, hook: number, mask: number, count: number): void;
  lua_setmetatable(L: LuaState, index: number): number;
  lua_settop(L: LuaState, index: number): void;
  lua_toboolean(L: LuaState, index: number): number;
  lua_tointegerx(L: LuaState, index: number, isInteger: number): bigint;
  lua_tolstring(L: LuaState, index: number, length: number): number;
  lua_tonumberx(L: LuaState, index: number, isNumber: number): number;
  lua_topointer(L: LuaState, index: number): number;
  lua_touserdata(L: LuaState, index: number): number;
  lua_type(L: LuaState, index: number): number;
  lua_xmove(from: LuaState, to: LuaState, count: number): void;
  lua_yieldk(L: LuaState, results: number, context: number, continuation: number): number;
  malloc(size: number): number;
  free(pointer: number): void;
}

/** What emscripten's own start-up code would use; ours needs no file system and no environment in memory. */
interface Runtime {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  readonly __wasm_call_ctors: () => void;
  readonly emscripten_stack_init: () => void;
  readonly stackSave: () => number;
  readonly stackRestore: (stack: number) => void;
  readonly setThrew: (threw: number, value: number) => void;
}

/** What C's longjmp throws through our own frames. Whoever catches it must throw it on. */
export const LONGJMP = Infinity;

/** How far the driver may go beyond the limit for what it pushes outside any protected call. */
const HEADROOM = 64 * 1024 * 1024;
const PAGE = 65_536;
const GROWTH = 16 * 1024 * 1024;

/** One Lua, in a memory of its own that goes when nothing refers to it any more. */
export interface LuaWasm {
  readonly api: LuaApi;
  readonly memory: LuaMemory;
  /** Puts `fn` where C can call it; all parameters and the result are 32-bit integers. */
  callback(parameters: number, returns: boolean, fn: (...args: number[]) => number | void): number;
  /** Function pointer of an exported function: `luaopen_base`. */
  pointer(name: string): number;
}

/** Views of the memory, made anew whenever it grows: never keep one over a call into Lua. */
export interface LuaMemory {
  bytes: Buffer;
  words: Int32Array;
  /** Lua runs, so a failed allocation becomes a Lua error; outside it would end the process. */
  guarded: boolean;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles Lua, once in a process; call it early to do so beside other work. */
export function compileLua(): Promise<WebAssembly.Module> {
  compiled ??= Bun.file(gluePath)
    .bytes()
    .then((bytes) => WebAssembly.compile(bytes));
  return compiled;
}

/** A fresh Lua without any library open. */
export async function openLua(memoryLimit: number): Promise<LuaWasm> {
  const module = await compileLua();
  const memory: LuaMemory = { bytes: Buffer.alloc(0), words: new Int32Array(), guarded: false };
  let runtime: Runtime | undefined;
  const needed = (): Runtime => {
    if (runtime === undefined) throw new Error("Lua is not open yet");
    return runtime;
  };
  const imports = importsOf(module, memory, needed, (size) => grow(needed().memory, memory, size, memoryLimit));
  const { exports } = await WebAssembly.instantiate(module, imports);
  runtime = exports as unknown as Runtime; // our own pinned wasm file: its exports are known
  refresh(runtime.memory, memory);
  runtime.emscripten_stack_init();
  runtime.__wasm_call_ctors();
  const table = runtime.__indirect_function_table;
  return {
    api: exports as unknown as LuaApi,
    memory,
    callback: (parameters, returns, fn) => append(table, wasmFunction(parameters, returns, fn)),
    pointer: (name) => append(table, exports[name]),
  };
}

type Imports = Record<string, Record<string, (...args: number[]) => unknown>>;

function importsOf(
  module: WebAssembly.Module,
  memory: LuaMemory,
  runtime: () => Runtime,
  resize: (size: number) => boolean,
): Imports {
  const known: Imports[string] = {
    invoke_vii(fn, a, b) {
      const { stackSave, stackRestore, setThrew, __indirect_function_table: table } = runtime();
      const stack = stackSave();
      try {
        table.get(fn ?? 0)(a, b);
      } catch (thrown) {
        stackRestore(stack);
        if (thrown !== LONGJMP) throw thrown;
        setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp() {
      throw LONGJMP;
    },
    emscripten_date_now: clockOnce(SEED),
    emscripten_resize_heap: (size) => (resize((size ?? 0) >>> 0) ? 1 : 0),
    environ_sizes_get(count = 0, size = 0) {
      memory.words[count >> 2] = 0;
      memory.words[size >> 2] = 0;
      return 0;
    },
    environ_get: () => 0,
  };
  const imports: Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = known[name] ?? (() => fail(`Lua asked for ${name}`));
  }
  return imports;
}

/**
 * Lua asks for the time twice, for a seed each: of the hash of every table, which has to be the same in every run, and of `math.random`,
 * which may not be.
 */
const SEED = 0;

function clockOnce(first: number): () => number {
  let asked = 0;
  return () => (asked++ === 0 ? first : (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0)) * 1000;
}

function fail(what: string): never {
  throw new Error(what);
}

function grow(wasm: WebAssembly.Memory, memory: LuaMemory, size: number, limit: number): boolean {
  const ceiling = memory.guarded ? limit : limit + HEADROOM;
  const now = wasm.buffer.byteLength;
  if (size > ceiling) return false;
  const target = Math.min(Math.max(size, now + GROWTH), ceiling);
  try {
    wasm.grow(Math.ceil((target - now) / PAGE));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
  refresh(wasm, memory);
  return true;
}

function refresh(wasm: WebAssembly.Memory, memory: LuaMemory): void {
  memory.bytes = Buffer.from(wasm.buffer);
  memory.words = new Int32Array(wasm.buffer);
}

function append(table: WebAssembly.Table, fn: unknown): number {
  const at = table.grow(1);
  table.set(at, fn);
  return at;
}

/** A WebAssembly function that calls `fn`: the smallest module that imports and exports one, as emscripten's addFunction does. */
function wasmFunction(parameters: number, returns: boolean, fn: (...args: number[]) => number | void): unknown {
  const i32 = 0x7f;
  const type = [0x60, parameters, ...Array<number>(parameters).fill(i32), ...(returns ? [1, i32] : [0])];
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const imported = [0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00];
  const exported = [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00];
  const bytes = new Uint8Array([...header, 0x01, type.length + 1, 0x01, ...type, ...imported, ...exported]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { f: fn } }).exports["f"];
}
